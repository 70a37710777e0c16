/* What the program says on stderr, and the exit status that goes with it. */
#ifndef IOWALK_BASE_MESSAGE_H
#define IOWALK_BASE_MESSAGE_H

enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILURE = 1, /* of the program or the machine: a wrong answer is one */
	STATUS_USAGE = 2,   /* bad usage or input */
	STATUS_REGRESSION = 3,
	STATUS_INCONCLUSIVE = 4,
};

/* Prints one line on stderr, with "iowalk: " before it. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The exit status for a negative errno: 2 for bad input (-EINVAL, -ENOENT, -EBADMSG, …), else 1. */
int status_of(int err);

#endif
