/* Reading records: see record.h. A record that is too short gives zeros for what it lacks. */
#include "record.h"

#if defined(__x86_64__)
#include <asm/perf_regs.h>
#endif
#include <string.h>

#if defined(__x86_64__)
/* The registers in the order of perf's numbers, which is that of their values in a sample; each with
 * its DWARF number. */
static const struct {
	unsigned perf, dwarf;
} sampled[PROFILE_REGISTERS_COUNT] = {
	{PERF_REG_X86_AX, 0},   {PERF_REG_X86_BX, 3},   {PERF_REG_X86_CX, 2},
	{PERF_REG_X86_DX, 1},   {PERF_REG_X86_SI, 4},   {PERF_REG_X86_DI, 5},
	{PERF_REG_X86_BP, 6},   {PERF_REG_X86_SP, 7},   {PERF_REG_X86_IP, 16},
	{PERF_REG_X86_R8, 8},   {PERF_REG_X86_R9, 9},   {PERF_REG_X86_R10, 10},
	{PERF_REG_X86_R11, 11}, {PERF_REG_X86_R12, 12}, {PERF_REG_X86_R13, 13},
	{PERF_REG_X86_R14, 14}, {PERF_REG_X86_R15, 15},
};
#define SAMPLED_COUNT PROFILE_REGISTERS_COUNT
#else
/* Not read on this architecture: profile_events_new() says so. */
static const struct {
	unsigned perf, dwarf;
} sampled[1];
#define SAMPLED_COUNT 0
#endif

bool record_can_read_stacks(void)
{
	return SAMPLED_COUNT > 0;
}

uint64_t record_registers_mask(void)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < SAMPLED_COUNT; i++)
		mask |= UINT64_C(1) << sampled[i].perf;
	return mask;
}

/* What is left of a record. */
struct reader {
	const unsigned char *at, *end;
};

static uint64_t read_u64(struct reader *reader)
{
	uint64_t value = 0;

	if ((size_t)(reader->end - reader->at) < sizeof(value)) {
		reader->at = reader->end;
		return 0;
	}
	memcpy(&value, reader->at, sizeof(value));
	reader->at += sizeof(value);
	return value;
}

static const unsigned char *read_bytes(struct reader *reader, uint64_t len)
{
	const unsigned char *bytes = reader->at;

	if (len > (uint64_t)(reader->end - reader->at)) {
		reader->at = reader->end;
		return NULL;
	}
	reader->at += len;
	return bytes;
}

static void read_callchain(struct reader *reader, struct profile_event *event)
{
	uint64_t count = read_u64(reader);
	bool in_kernel = false;

	for (uint64_t i = 0; i < count && reader->at < reader->end; i++) {
		uint64_t address = read_u64(reader);

		if (address >= (uint64_t)PERF_CONTEXT_MAX)
			in_kernel = address == (uint64_t)PERF_CONTEXT_KERNEL;
		else if (in_kernel && event->kernel_count < PROFILE_KERNEL_MAX)
			event->kernel[event->kernel_count++] = address;
	}
}

static void read_user(struct reader *reader, struct profile_event *event, uint64_t *registers)
{
	if (read_u64(reader) != PERF_SAMPLE_REGS_ABI_NONE) {
		for (size_t i = 0; i < SAMPLED_COUNT; i++)
			registers[sampled[i].dwarf] = read_u64(reader);
		event->registers = registers;
	}
	uint64_t len = read_u64(reader);
	event->stack = len ? read_bytes(reader, len) : NULL;
	uint64_t used = len ? read_u64(reader) : 0;
	event->stack_bytes = event->stack ? (size_t)(used < len ? used : len) : 0;
}

/* false: of no interest. */
static bool read_sample(const struct record_form *form, struct reader *reader,
			struct profile_event *event, uint64_t *registers)
{
	uint64_t id = read_u64(reader), ids = read_u64(reader);

	event->process_id = (pid_t)(uint32_t)ids;
	event->thread_id = (pid_t)(ids >> 32);
	event->time_ns = read_u64(reader);
	if (form->is_wake) {
		const unsigned char *len = read_bytes(reader, sizeof(uint32_t));
		uint32_t len_bytes = 0, woken = 0;

		if (len)
			memcpy(&len_bytes, len, sizeof(len_bytes));
		const unsigned char *raw = read_bytes(reader, len_bytes);
		if (!raw || len_bytes < form->pid_offset + sizeof(woken))
			return false;
		memcpy(&woken, raw + form->pid_offset, sizeof(woken));
		event->thread_id = (pid_t)woken;
		event->kind = PROFILE_WOKEN;
		return true;
	}
	event->kind = form->leaves_id && id == form->leaves_id ? PROFILE_LEAVES : PROFILE_SAMPLE;
	read_callchain(reader, event);
	read_user(reader, event, registers);
	return true;
}

/* The thread and the time are at the end of a record that is no sample, before its identifier. */
static void read_trailer(const struct reader *record, struct profile_event *event)
{
	struct reader trailer = {record->end - 3 * sizeof(uint64_t), record->end};

	if (record->end - record->at < (ptrdiff_t)(3 * sizeof(uint64_t)))
		return;
	event->thread_id = (pid_t)(read_u64(&trailer) >> 32);
	event->time_ns = read_u64(&trailer);
}

bool record_read(const struct record_form *form, const unsigned char *record, size_t len_bytes,
		 uint64_t registers[PROFILE_REGISTERS_COUNT], struct profile_event *event)
{
	struct perf_event_header header;
	struct reader reader = {record + sizeof(header), record + len_bytes};

	memcpy(&header, record, sizeof(header));
	switch (header.type) {
	case PERF_RECORD_SAMPLE:
		return read_sample(form, &reader, event, registers);
	case PERF_RECORD_SWITCH:
		event->kind = header.misc & PERF_RECORD_MISC_SWITCH_OUT ? PROFILE_OUT : PROFILE_IN;
		event->is_preempted = header.misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT;
		read_trailer(&reader, event);
		return true;
	case PERF_RECORD_LOST:
		event->kind = PROFILE_LOST;
		read_u64(&reader);
		event->lost_count = read_u64(&reader);
		read_trailer(&reader, event);
		return true;
	case PERF_RECORD_THROTTLE:
		event->kind = PROFILE_LOST;
		event->lost_count = 1;
		read_trailer(&reader, event);
		return true;
	default:
		return false;
	}
}
