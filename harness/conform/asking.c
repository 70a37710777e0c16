/* What a machine can do, as the engine says: see playing.h. */
#include "playing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE_MAX_BYTES ((uint64_t)65536) /* of any machine */

static void name_folder(const char *path, char *text, size_t size)
{
	snprintf(text, size, "%s.probe", path);
}

void player_remove_folder(const char *path)
{
	char folder[4096];
	struct dirent *entry;

	name_folder(path, folder, sizeof(folder));
	DIR *entries = opendir(folder);
	while (entries && (entry = readdir(entries)))
		(void)unlinkat(dirfd(entries), entry->d_name, 0);
	if (entries)
		closedir(entries);
	rmdir(folder);
}

bool player_probe(struct player *player)
{
	const struct conform_subject *subject = player->subject;
	struct why why = {""};
	char folder[4096];

	name_folder(player->path, folder, sizeof(folder));
	if (mkdir(folder, 0777))
		return play_differs(&player->play, "a folder for probe: %s", strerror(errno));
	int got = PLAY_HOOK(player, engine_ops_probe(subject->ops, folder, subject->options, &why));
	bool is_empty = rmdir(folder) == 0;
	if (!is_empty)
		player_remove_folder(player->path);
	if (got && got != -EOPNOTSUPP)
		return play_differs(&player->play, "probe gives %d (%s)", got, strerror(-got));
	if (got && !*why.text)
		return play_differs(&player->play, "probe gives no reason");
	/* A file whose removal fails stays, of course. */
	return is_empty || play_has_fault(&player->play) ||
	       play_differs(&player->play, "probe leaves a file behind");
}

bool player_huge_pages(struct player *player)
{
	uint64_t huge_bytes = 0, mapped_bytes = 0, most = player->size_bytes + PAGE_MAX_BYTES;
	int got = PLAY_HOOK(player, engine_huge_pages(player->engine, &huge_bytes, &mapped_bytes));

	if (got && got != -EOPNOTSUPP)
		return play_differs(&player->play, "huge_pages gives %d (%s)", got, strerror(-got));
	return got || (huge_bytes <= mapped_bytes && mapped_bytes <= most) ||
	       play_differs(&player->play,
			    "huge_pages finds %" PRIu64 " of %" PRIu64 " bytes, in a file of %zu",
			    huge_bytes, mapped_bytes, player->size_bytes);
}
