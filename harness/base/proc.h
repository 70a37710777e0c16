/*
 * What the kernel tells in /proc about the machine, the program and its I/O. Values that only the
 * environment's record needs are read by sysfs.h.
 */
#ifndef IOWALK_BASE_PROC_H
#define IOWALK_BASE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The path of this program, for another process to execute. 0 or negative errno. */
int proc_program(char *path, size_t path_size);

/* A line "KEY: N kB" of /proc/meminfo, in bytes. 0 or negative errno; -EINVAL if it is no
 * number. */
int proc_meminfo(const char *key, uint64_t *bytes);

/* The same of /proc/self/status (RssAnon, ...). */
int proc_status(const char *key, uint64_t *bytes);

/* The same of /proc/self/smaps_rollup (AnonHugePages, ...). */
int proc_smaps(const char *key, uint64_t *bytes);

/* The number of processors that this process may use: fewer than are online after taskset(1) or in a
 * container. */
unsigned proc_usable_cpus(void);

/* The random number of this boot, as text. 0 or negative errno. */
int proc_boot_id(char *text, size_t text_size);

/* Opens /proc/self/io for proc_io_read(). A file descriptor, or negative errno. */
int proc_io_open(void);

/*
 * Bytes that the process has read from devices, and has made dirty for them, since it began; with
 * them those of the kernel's I/O workers for its io_uring. 0 or negative errno; -EIO where a line
 * is missing.
 */
int proc_io_read(int fd, uint64_t *read_bytes, uint64_t *write_bytes);

/* TLB shootdowns of all processors since boot; false where /proc/interrupts has no such line (x86
 * has). */
bool proc_tlb_shootdowns(uint64_t *shootdowns);

#endif
