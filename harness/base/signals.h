/* SIGINT and SIGTERM as a request to stop: the program finishes its step, keeps its record and
 * ends. */
#ifndef IOWALK_BASE_SIGNALS_H
#define IOWALK_BASE_SIGNALS_H

/* Installs the handlers. A second signal of the same kind ends the program at once. */
void signals_catch(void);

/* The number of the last signal caught, or 0. */
int signals_caught(void);

/* Restores the default actions: for a child process that is to end at once. */
void signals_restore(void);

#endif
