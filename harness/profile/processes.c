/*
 * How it works: what happened is replayed in the order of time into a list of programs. A process that is forked runs its
 * parent's program, with what that had mapped until then; execve(2) begins another.
 */
#include "processes.h"

#include "../base/array.h"

#include "lives.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define NONE SIZE_MAX

struct mapping {
	uint64_t time_ns, start, end, offset;
	size_t file;
};

/* What a process runs from a moment on, until its next one. */
struct program {
	pid_t process_id;
	uint64_t began_ns;
	size_t parent; /* that it was forked from: index, or NONE */
	size_t before; /* of the same process: index, or NONE */
	uint64_t name;
	bool is_own;              /* this process: its addresses are its own */
	struct mapping *mappings; /* [count] in the order of time */
	size_t count, capacity;
};

struct processes {
	struct symbols *symbols;
	struct lives lives;
	struct program *programs; /* [programs_count] */
	size_t programs_count, programs_capacity;
	struct address_table latest;     /* process id → its program */
	struct timeline_thread *threads; /* [threads_count] */
	size_t threads_count, threads_capacity;
	pid_t own_id;
};

int processes_new(pid_t starter, struct symbols *symbols, struct processes **out)
{
	struct processes *processes = calloc(1, sizeof(*processes));

	if (!processes)
		return -ENOMEM;
	processes->symbols = symbols;
	processes->own_id = getpid();
	int err = lives_open(&processes->lives, starter, symbols);
	if (err)
		processes_free(processes);
	else
		*out = processes;
	return err;
}

/* The recording before. */
static void forget(struct processes *processes)
{
	for (size_t i = 0; i < processes->programs_count; i++)
		free(processes->programs[i].mappings);
	address_table_release(&processes->latest);
	processes->programs_count = processes->threads_count = 0;
}

void processes_free(struct processes *processes)
{
	if (!processes)
		return;
	forget(processes);
	lives_close(&processes->lives);
	free(processes->programs);
	free(processes->threads);
	free(processes);
}

int processes_enable(struct processes *processes)
{
	return lives_control(&processes->lives, PERF_EVENT_IOC_ENABLE);
}

int processes_disable(struct processes *processes)
{
	return lives_control(&processes->lives, PERF_EVENT_IOC_DISABLE);
}

int processes_drain(struct processes *processes)
{
	return lives_drain(&processes->lives);
}

/* ---- replaying ---- */

static size_t latest_of(const struct processes *processes, pid_t process_id)
{
	size_t found = address_table_find(&processes->latest, (uint64_t)process_id);

	return found == ADDRESS_ABSENT ? NONE : found;
}

/* A program that the process runs from now on. NULL: out of memory. */
static struct program *begin_program(struct processes *processes, pid_t process_id,
				     uint64_t time_ns)
{
	struct program *program =
		array_next((void **)&processes->programs, processes->programs_count,
			   &processes->programs_capacity, sizeof(*processes->programs));

	if (!program)
		return NULL;
	*program = (struct program){.process_id = process_id,
				    .began_ns = time_ns,
				    .parent = NONE,
				    .before = latest_of(processes, process_id)};
	if (address_table_add(&processes->latest, (uint64_t)process_id, processes->programs_count))
		return NULL;
	processes->programs_count++;
	return program;
}

static int add_thread(struct processes *processes, const struct life *life)
{
	struct timeline_thread *thread =
		array_next((void **)&processes->threads, processes->threads_count,
			   &processes->threads_capacity, sizeof(*processes->threads));

	if (!thread)
		return -ENOMEM;
	*thread = (struct timeline_thread){life->thread_id, life->time_ns, UINT64_MAX};
	processes->threads_count++;
	return 0;
}

static void end_thread(struct processes *processes, const struct life *life)
{
	for (size_t i = processes->threads_count; i-- > 0;) {
		struct timeline_thread *thread = &processes->threads[i];

		if (thread->id == life->thread_id && thread->ended_ns == UINT64_MAX) {
			thread->ended_ns = life->time_ns;
			return;
		}
	}
}

static int fork_process(struct processes *processes, const struct life *life)
{
	size_t parent = latest_of(processes, life->parent_id);
	struct program *program = begin_program(processes, life->process_id, life->time_ns);

	if (!program)
		return -ENOMEM;
	program->parent = parent;
	program->name = parent == NONE ? 0 : processes->programs[parent].name;
	return 0;
}

static int add_mapping(struct processes *processes, const struct life *life)
{
	size_t now = latest_of(processes, life->process_id);
	struct program *program = now == NONE ? NULL : &processes->programs[now];

	if (!program)
		return 0;
	struct mapping *mapping = array_next((void **)&program->mappings, program->count,
					     &program->capacity, sizeof(*program->mappings));
	if (!mapping)
		return -ENOMEM;
	*mapping =
		(struct mapping){life->time_ns, life->start, life->end, life->offset, life->file};
	program->count++;
	return 0;
}

static int replay(struct processes *processes, const struct life *life)
{
	struct program *program;
	int err = 0;

	switch (life->kind) {
	case LIFE_FORK:
		if (life->process_id != life->parent_id)
			err = fork_process(processes, life);
		/* Threads of this process have nothing to do with the command. */
		return err || life->process_id == processes->own_id ? err
								    : add_thread(processes, life);
	case LIFE_EXIT:
		end_thread(processes, life);
		return 0;
	case LIFE_EXEC:
		program = begin_program(processes, life->process_id, life->time_ns);
		if (program)
			program->name = life->name;
		return program ? 0 : -ENOMEM;
	default:
		return add_mapping(processes, life);
	}
}

int processes_take(struct processes *processes, uint64_t *lost_count)
{
	struct lives *lives = &processes->lives;

	forget(processes);
	struct program *own = begin_program(processes, processes->own_id, 0);
	if (!own)
		return -ENOMEM;
	own->is_own = true;
	own->name = lives_name(lives, "iowalk");
	int err = lives_take(lives);
	for (size_t i = 0; !err && i < lives->count; i++)
		err = replay(processes, &lives->all[i]);
	*lost_count += lives->lost_count;
	return err;
}

const struct timeline_thread *processes_threads(const struct processes *processes, size_t *count)
{
	*count = processes->threads_count;
	return processes->threads;
}

/* ---- looking up ---- */

struct process_view processes_at(const struct processes *processes, pid_t process_id,
				 uint64_t time_ns)
{
	size_t program = latest_of(processes, process_id);

	while (program != NONE && processes->programs[program].began_ns > time_ns)
		program = processes->programs[program].before;
	return (struct process_view){processes, program, time_ns};
}

/* The latest of a program until then that has the address, or NULL. */
static const struct mapping *mapping_at(const struct program *program, uint64_t time_ns,
					uint64_t address)
{
	for (size_t i = program->count; i-- > 0;) {
		const struct mapping *mapping = &program->mappings[i];

		if (mapping->time_ns <= time_ns && address >= mapping->start &&
		    address < mapping->end)
			return mapping;
	}
	return NULL;
}

uint64_t process_view_inside(void *context, uint64_t address)
{
	const struct process_view *view = context;
	const struct processes *processes = view->processes;
	uint64_t time_ns = view->time_ns;

	for (size_t i = view->program; i != NONE; i = processes->programs[i].parent) {
		const struct program *program = &processes->programs[i];
		const struct mapping *mapping = mapping_at(program, time_ns, address);

		if (program->is_own)
			return address;
		if (mapping)
			return code_address_in(symbols_code(processes->symbols), mapping->file,
					       address - mapping->start + mapping->offset);
		time_ns = program->began_ns;
	}
	return 0;
}

uint64_t process_view_name(const struct process_view *view)
{
	return view->program == NONE ? 0 : view->processes->programs[view->program].name;
}
