/* Its child process computes in look_up(), called by walk(); then it sleeps for the given number of milliseconds. */
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 20000000

static volatile unsigned long sum;

__attribute__((noinline)) static void look_up(void)
{
	for (unsigned long i = 0; i < ROUNDS; i++)
		sum += i;
}

__attribute__((noinline)) static void walk(void)
{
	look_up();
	sum++;
}

int main(int argc, char **argv)
{
	long ms = argc > 1 ? atol(argv[1]) : 0;
	const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
	pid_t child = fork();

	if (child == 0) {
		walk();
		_exit(0);
	}
	return child < 0 || waitpid(child, NULL, 0) != child || nanosleep(&time, NULL);
}
