/*
 * SIGINT and SIGTERM: see signals.h.
 *
 * Source: sigaction(2), signal-safety(7)
 */
#include "signals.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t caught; /* the only thing that a handler may set */

static void on_signal(int number)
{
	caught = number;
}

void signals_catch(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int signals_caught(void)
{
	return caught;
}

void signals_restore(void)
{
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}
