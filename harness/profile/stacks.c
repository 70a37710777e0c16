/* Interning of stacks: see stacks.h. Of stacks with equal hashes of 64 bits the first is kept. */
#include "stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define BLOCK_ADDRESSES 65536 /* of one allocation; a stack has 200 at most */

const char *const profile_kind_names[PROFILE_KINDS_COUNT] = {
	"user", "system", "syscall", "fault", "interrupt", "runnable", "blocked"};

static uint64_t hash_of(const uint64_t *kernel, unsigned kernel_count, const uint64_t *user,
			unsigned user_count)
{
	uint64_t hash = XXH3_64bits_withSeed(kernel, kernel_count * sizeof(*kernel), kernel_count);

	hash = XXH3_64bits_withSeed(user, user_count * sizeof(*user), hash);
	return hash ? hash : 1; /* 0 is no key */
}

/* A copy of addresses[count] in the blocks. */
static const uint64_t *keep(struct stacks *stacks, const uint64_t *addresses, unsigned count)
{
	if (!stacks->blocks_count || stacks->block_used + count > stacks->block_capacity) {
		uint64_t **blocks =
			realloc(stacks->blocks, (stacks->blocks_count + 1) * sizeof(*blocks));
		if (!blocks)
			return NULL;
		stacks->blocks = blocks;
		blocks[stacks->blocks_count] = malloc(BLOCK_ADDRESSES * sizeof(**blocks));
		if (!blocks[stacks->blocks_count])
			return NULL;
		stacks->blocks_count++;
		stacks->block_used = 0;
		stacks->block_capacity = BLOCK_ADDRESSES;
	}
	uint64_t *kept = stacks->blocks[stacks->blocks_count - 1] + stacks->block_used;
	if (count)
		memcpy(kept, addresses, count * sizeof(*kept));
	stacks->block_used += count;
	return kept;
}

int stacks_add(struct stacks *stacks, const uint64_t *kernel, unsigned kernel_count,
	       const uint64_t *user, unsigned user_count, size_t *index)
{
	uint64_t hash = hash_of(kernel, kernel_count, user, user_count);

	*index = address_table_find(&stacks->by_hash, hash);
	if (*index != ADDRESS_ABSENT)
		return 0;
	if (stacks->count == stacks->capacity) {
		size_t capacity = stacks->capacity ? 2 * stacks->capacity : 256;
		struct stack *grown = realloc(stacks->items, capacity * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		stacks->items = grown;
		stacks->capacity = capacity;
	}
	struct stack *stack = &stacks->items[stacks->count];
	*stack = (struct stack){.kernel_count = kernel_count, .user_count = user_count};
	stack->kernel = keep(stacks, kernel, kernel_count);
	stack->user = stack->kernel ? keep(stacks, user, user_count) : NULL;
	if (!stack->user)
		return -ENOMEM;
	int err = address_table_add(&stacks->by_hash, hash, stacks->count);
	if (!err)
		*index = stacks->count++;
	return err;
}

void stacks_release(struct stacks *stacks)
{
	for (size_t i = 0; i < stacks->blocks_count; i++)
		free(stacks->blocks[i]);
	free(stacks->blocks);
	free(stacks->items);
	address_table_release(&stacks->by_hash);
	*stacks = (struct stacks){0};
}
