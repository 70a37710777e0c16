/* Memory that is refused, in a process that is made for it. */
#ifndef IOWALK_CONFORM_MEMORY_H
#define IOWALK_CONFORM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* False under AddressSanitizer, which ends the process if it gets no memory. */
bool memory_can_refuse(void);

/* From now on this thread gets no more memory than `room_bytes`: malloc() gives NULL, and the kernel no mapping. Until memory_allow(). */
void memory_refuse(size_t room_bytes);
void memory_allow(void);

#endif
