/* Counts that the kernel keeps in /proc, and that are read around a measurement. */
#ifndef IOWALK_BASE_PROC_H
#define IOWALK_BASE_PROC_H

#include <stdbool.h>
#include <stdint.h>

/* Opens /proc/self/io for proc_io_read(). A file descriptor, or negative errno. */
int proc_io_open(void);

/*
 * Bytes that the process has read from devices, and has made dirty for them, since it began; with them
 * those of the kernel's I/O workers for its io_uring. 0 or negative errno; -EIO where a line is missing.
 */
int proc_io_read(int fd, uint64_t *read_bytes, uint64_t *write_bytes);

/* TLB shootdowns of all processors since boot; false where /proc/interrupts has no such line (x86 has). */
bool proc_tlb_shootdowns(uint64_t *shootdowns);

#endif
