/* Records of the life of processes: see lives.h. */
#include "lives.h"

#include "../base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#define NAME_BYTES_MAX 16 /* TASK_COMM_LEN of the kernel */

struct life_name {
	char text[NAME_BYTES_MAX + 1];
	uint64_t name;
};

/* ---- opening ---- */

static int open_cpu(struct perf_buffer *buffer, pid_t starter, int cpu)
{
	struct perf_event_attr attr =
		perf_buffer_attr(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY,
				 PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME);

	attr.inherit = 1;
	attr.exclude_kernel = 1;
	attr.mmap = attr.mmap2 = 1;
	attr.comm = attr.comm_exec = 1;
	attr.task = 1;
	perf_buffer_init(buffer);
	buffer->is_small = true;
	return perf_buffer_add(buffer, &attr, starter, cpu, 0, 0);
}

int lives_open(struct lives *lives, pid_t starter, struct symbols *symbols)
{
	int cpus_count = get_nprocs_conf(), err = 0;

	*lives = (struct lives){.symbols = symbols};
	lives->buffers = calloc((size_t)cpus_count, sizeof(*lives->buffers));
	if (!lives->buffers)
		return -ENOMEM;
	for (int cpu = 0; !err && cpu < cpus_count; cpu++) {
		struct perf_buffer *buffer = &lives->buffers[lives->buffers_count];

		err = open_cpu(buffer, starter, cpu);
		if (!err) {
			lives->buffers_count++;
			continue;
		}
		perf_buffer_close(buffer);
		err = err == -ENODEV ? 0 : err; /* this processor is offline */
	}
	return err;
}

void lives_close(struct lives *lives)
{
	for (size_t i = 0; i < lives->buffers_count; i++)
		perf_buffer_close(&lives->buffers[i]);
	free(lives->buffers);
	free(lives->all);
	free(lives->names);
	*lives = (struct lives){.symbols = NULL};
}

int lives_control(const struct lives *lives, unsigned long request)
{
	int err = 0;

	for (size_t i = 0; !err && i < lives->buffers_count; i++)
		err = perf_buffer_control(&lives->buffers[i], request);
	return err;
}

int lives_drain(struct lives *lives)
{
	int err = 0;

	for (size_t i = 0; !err && i < lives->buffers_count; i++)
		err = perf_buffer_drain(&lives->buffers[i]);
	return err;
}

/* ---- records ---- */

uint64_t lives_name(struct lives *lives, const char *text)
{
	for (size_t i = 0; i < lives->names_count; i++) {
		if (strcmp(lives->names[i].text, text) == 0)
			return lives->names[i].name;
	}
	struct life_name *named = array_next((void **)&lives->names, lives->names_count,
					     &lives->names_capacity, sizeof(*lives->names));
	if (!named)
		return 0;
	*named = (struct life_name){.name = symbols_add_name(lives->symbols, text)};
	strncpy(named->text, text, NAME_BYTES_MAX);
	lives->names_count += named->name != 0;
	return named->name;
}

static int file_of(struct lives *lives, const char *path, size_t *file)
{
	struct code *code = symbols_code(lives->symbols);

	for (*file = 0; *file < code->files_count; ++*file) {
		if (strcmp(code->files[*file].path, path) == 0)
			return 0;
	}
	return code_add_file(code, path, file);
}

/* The head of the records, as the kernel writes them; the time, thread and identifier of each follow it. */
struct task_record {
	struct perf_event_header header;
	uint32_t process_id, parent_id, thread_id, parent_thread_id;
	uint64_t time_ns;
};

struct comm_record {
	struct perf_event_header header;
	uint32_t process_id, thread_id;
	char name[];
};

struct map_record {
	struct perf_event_header header;
	uint32_t process_id, thread_id;
	uint64_t start, len_bytes, offset;
	uint32_t device[2];
	uint64_t inode[2];
	uint32_t protection, flags;
	char path[];
};

#define TRAILER_BYTES (3 * sizeof(uint64_t)) /* ids of process and thread, time, identifier */

/* The text at the end of a record, before the trailer; the kernel ends it by zeros. "": there is none. */
static void read_text(const unsigned char *record, size_t len_bytes, size_t at, char *text,
		      size_t size)
{
	size_t len = len_bytes > at + TRAILER_BYTES ? len_bytes - at - TRAILER_BYTES : 0;

	len = len < size ? len : size - 1;
	memcpy(text, record + at, len);
	text[len] = '\0';
}

static int read_map(struct lives *lives, const unsigned char *record, size_t len_bytes,
		    struct life *life)
{
	struct map_record map;
	char path[4096];

	if (len_bytes < sizeof(map) + TRAILER_BYTES)
		return -EBADMSG;
	memcpy(&map, record, sizeof(map));
	read_text(record, len_bytes, offsetof(struct map_record, path), path, sizeof(path));
	life->kind = LIFE_MAP;
	life->start = map.start;
	life->end = map.start + map.len_bytes;
	life->offset = map.offset;
	return file_of(lives, path, &life->file);
}

/* Returns 1 for a record of no interest. */
static int read_life(struct lives *lives, const unsigned char *record, size_t len_bytes,
		     struct life *life)
{
	struct perf_event_header header;
	struct task_record task;
	uint64_t trailer[2];
	char name[NAME_BYTES_MAX + 1];

	memcpy(&header, record, sizeof(header));
	if (len_bytes < sizeof(header) + TRAILER_BYTES)
		return -EBADMSG;
	memcpy(trailer, record + len_bytes - TRAILER_BYTES, sizeof(trailer));
	*life = (struct life){.process_id = (pid_t)(uint32_t)trailer[0],
			      .thread_id = (pid_t)(trailer[0] >> 32),
			      .time_ns = trailer[1]};
	switch (header.type) {
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		if (len_bytes < sizeof(task) + TRAILER_BYTES)
			return -EBADMSG;
		memcpy(&task, record, sizeof(task));
		life->kind = header.type == PERF_RECORD_FORK ? LIFE_FORK : LIFE_EXIT;
		life->process_id = (pid_t)task.process_id;
		life->thread_id = (pid_t)task.thread_id;
		life->parent_id = (pid_t)task.parent_id;
		return 0;
	case PERF_RECORD_COMM:
		if (!(header.misc & PERF_RECORD_MISC_COMM_EXEC))
			return 1;
		read_text(record, len_bytes, offsetof(struct comm_record, name), name,
			  sizeof(name));
		life->kind = LIFE_EXEC;
		life->name = lives_name(lives, name);
		return 0;
	case PERF_RECORD_MMAP2:
		return read_map(lives, record, len_bytes, life);
	case PERF_RECORD_LOST:
		lives->lost_count++;
		return 1;
	default:
		return 1;
	}
}

static int take_record(void *context, const unsigned char *record, size_t len_bytes)
{
	struct lives *lives = context;
	struct life *life = array_next((void **)&lives->all, lives->count, &lives->capacity,
				       sizeof(*lives->all));

	if (!life)
		return -ENOMEM;
	int status = read_life(lives, record, len_bytes, life);
	lives->count += status == 0;
	return status < 0 ? status : 0;
}

/* Of equal times, what begins comes before what is in it. */
static int compare(const void *a, const void *b)
{
	const struct life *left = a, *right = b;

	if (left->time_ns != right->time_ns)
		return left->time_ns < right->time_ns ? -1 : 1;
	return (int)left->kind - (int)right->kind;
}

int lives_take(struct lives *lives)
{
	int err = 0;

	lives->count = 0;
	lives->lost_count = 0;
	for (size_t i = 0; !err && i < lives->buffers_count; i++) {
		err = perf_buffer_take(&lives->buffers[i], take_record, lives);
		lives->lost_count += lives->buffers[i].overflowed;
	}
	if (lives->count)
		qsort(lives->all, lives->count, sizeof(*lives->all), compare);
	return err;
}
