/*
 * A program that does known I/O, for tests/blackbox/exec.sh: known_io FILE PAGES REPORT
 *
 * It reads PAGES pages of FILE, each once and in an order without read-ahead; a child that it forks reads as many
 * others. The last thing that it does is to append its getrusage(2) and that of the child to REPORT, a line:
 * minor faults, major faults, blocks of 512 bytes read from a device.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE   4096
#define STRIDE 7 /* prime to the number of pages, which is a power of two */

static char page[PAGE];
static char line[128];

static int read_pages(int fd, long pages, long first)
{
	for (long i = 0; i < pages; i++) {
		long at = i * STRIDE % pages + first;
		if (pread(fd, page, PAGE, at * PAGE) != PAGE)
			return 1;
	}
	return 0;
}

static int format(void)
{
	struct rusage own, child;
	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &child);
	return snprintf(line, sizeof(line), "%ld %ld %ld\n", own.ru_minflt + child.ru_minflt,
			own.ru_majflt + child.ru_majflt, own.ru_inblock + child.ru_inblock);
}

int main(int argc, char **argv)
{
	int status = 1;
	if (argc != 4)
		return 2;
	long pages = atol(argv[2]);
	int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	int report = open(argv[3], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0 || report < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM))
		return 1;
	pid_t pid = fork();
	if (pid == 0)
		_exit(read_pages(fd, pages, pages));
	if (pid < 0 || read_pages(fd, pages, 0) || waitpid(pid, &status, 0) != pid || status)
		return 1;
	puts("done");
	fflush(stdout);
	format(); /* touches what the next call needs, so that it makes no fault after its getrusage() */
	int len = format();
	_exit(write(report, line, (size_t)len) != len);
}
