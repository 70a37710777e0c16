/* SIGINT and SIGTERM as a request to stop: the program finishes its step, keeps its record and
 * ends. */
#ifndef IOWALK_BASE_SIGNALS_H
#define IOWALK_BASE_SIGNALS_H

/* Installs the handlers. A signal more than a second after the first ends the program at once. */
void signals_catch(void);

/* The number of the first signal caught, or 0. */
int signals_caught(void);

/* Restores the default actions: for a child process that is to end at once. */
void signals_restore(void);

/* Ends the program by the signal, with its default action: so that a shell sees that it was interrupted, and
 * its loop ends too. */
void signals_raise(int number);

#endif
