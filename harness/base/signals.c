/*
 * SIGINT and SIGTERM: see signals.h.
 *
 * Source: sigaction(2), signal-safety(7), timeout(1), which signals its child and then the whole group.
 */
#include "signals.h"

#include "../../engines/support/clock.h"

#include <signal.h>
#include <stddef.h>

#define REPEATED_NS 1000000000 /* a signal so soon after another is the same request */

static volatile sig_atomic_t caught;
static volatile uint64_t caught_ns; /* read only by the handler, which no other signal interrupts */

static void on_signal(int number)
{
	uint64_t now_ns = clock_now_ns();

	if (!caught) {
		caught = number;
		caught_ns = now_ns;
	} else if (now_ns - caught_ns > REPEATED_NS) {
		signals_raise(number);
	}
}

void signals_catch(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigaddset(&action.sa_mask, SIGINT);
	sigaddset(&action.sa_mask, SIGTERM);
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

void signals_raise(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}
