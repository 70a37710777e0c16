/*
 * The shape of the plug-in ABI that a header describes, as lines of text: sizes, offsets and numbers. Compiled by
 * tests/blackbox/plugins_abi.sh against a frozen copy of the headers and against the present ones. It lists what ABI 1.0 has.
 */
#include <iowalk/store.h>

#include <stdio.h>

/* A struct that keeps its size, and one that may grow at its end. */
#define FIXED(name) printf("struct " #name " has %zu bytes\n", sizeof(struct name))
#define GROWS(name) printf("struct " #name " may grow\n")
#define MEMBER(name, member)                                                                       \
	printf("    " #name "." #member " at %zu, %zu bytes\n", offsetof(struct name, member),     \
	       sizeof(((struct name *)0)->member))
#define NUMBER(name) printf(#name " %llu\n", (unsigned long long)(name))

static void print_plugin(void)
{
	GROWS(iowalk_plugin);
	MEMBER(iowalk_plugin, magic);
	MEMBER(iowalk_plugin, abi_major);
	MEMBER(iowalk_plugin, abi_minor);
	MEMBER(iowalk_plugin, struct_size);
	MEMBER(iowalk_plugin, name);
	MEMBER(iowalk_plugin, version);
	MEMBER(iowalk_plugin, engines);
	MEMBER(iowalk_plugin, stores);
	FIXED(iowalk_option);
	MEMBER(iowalk_option, name);
	MEMBER(iowalk_option, help);
	MEMBER(iowalk_option, type);
	MEMBER(iowalk_option, flags);
	MEMBER(iowalk_option, default_value);
	MEMBER(iowalk_option, min);
	MEMBER(iowalk_option, max);
	MEMBER(iowalk_option, choices);
	MEMBER(iowalk_option, tunable);
}

static void print_engine(void)
{
	FIXED(iowalk_extent);
	MEMBER(iowalk_extent, offset);
	MEMBER(iowalk_extent, len_bytes);
	MEMBER(iowalk_extent, buffer);
	FIXED(iowalk_instance);
	MEMBER(iowalk_instance, handle);
	MEMBER(iowalk_instance, prefetch_ahead_count);
	MEMBER(iowalk_instance, block_bytes);
	GROWS(iowalk_engine);
	MEMBER(iowalk_engine, struct_size);
	MEMBER(iowalk_engine, capabilities);
	MEMBER(iowalk_engine, name);
	MEMBER(iowalk_engine, summary);
	MEMBER(iowalk_engine, options);
	MEMBER(iowalk_engine, probe);
	MEMBER(iowalk_engine, open);
	MEMBER(iowalk_engine, close);
	MEMBER(iowalk_engine, size);
	MEMBER(iowalk_engine, read);
	MEMBER(iowalk_engine, write);
	MEMBER(iowalk_engine, resize);
	MEMBER(iowalk_engine, sync);
	MEMBER(iowalk_engine, map);
	MEMBER(iowalk_engine, read_batch);
	MEMBER(iowalk_engine, submit);
	MEMBER(iowalk_engine, reap);
	MEMBER(iowalk_engine, prefetch);
	MEMBER(iowalk_engine, advise);
	MEMBER(iowalk_engine, drop_cache);
	MEMBER(iowalk_engine, begin_walk);
	MEMBER(iowalk_engine, attach);
	MEMBER(iowalk_engine, threads);
	MEMBER(iowalk_engine, health);
	MEMBER(iowalk_engine, stats);
}

static void print_store(void)
{
	FIXED(iowalk_edge);
	MEMBER(iowalk_edge, from);
	MEMBER(iowalk_edge, to);
	FIXED(iowalk_edges);
	MEMBER(iowalk_edges, nodes_count);
	MEMBER(iowalk_edges, edges_count);
	MEMBER(iowalk_edges, next);
	MEMBER(iowalk_edges, context);
	MEMBER(iowalk_edges, memory_bytes);
	MEMBER(iowalk_edges, memory_limit_bytes);
	MEMBER(iowalk_edges, folder);
	FIXED(iowalk_neighbors);
	MEMBER(iowalk_neighbors, ids);
	MEMBER(iowalk_neighbors, count);
	FIXED(iowalk_store_instance);
	MEMBER(iowalk_store_instance, handle);
	MEMBER(iowalk_store_instance, nodes_count);
	MEMBER(iowalk_store_instance, edges_count);
	GROWS(iowalk_store);
	MEMBER(iowalk_store, struct_size);
	MEMBER(iowalk_store, format);
	MEMBER(iowalk_store, name);
	MEMBER(iowalk_store, summary);
	MEMBER(iowalk_store, options);
	MEMBER(iowalk_store, create);
	MEMBER(iowalk_store, open);
	MEMBER(iowalk_store, close);
	MEMBER(iowalk_store, neighbors);
	MEMBER(iowalk_store, neighbors_batch);
	MEMBER(iowalk_store, bulk);
	MEMBER(iowalk_store, insert_node);
	MEMBER(iowalk_store, insert_edge);
	MEMBER(iowalk_store, sync);
	MEMBER(iowalk_store, check);
	MEMBER(iowalk_store, drop_cache);
	MEMBER(iowalk_store, attach);
	MEMBER(iowalk_store, begin_walk);
	MEMBER(iowalk_store, stats);
	MEMBER(iowalk_store, reason);
	MEMBER(iowalk_store, file_bytes);
	MEMBER(iowalk_store, library_version);
}

static void print_numbers(void)
{
	NUMBER(IOWALK_PLUGIN_MAGIC);
	NUMBER(IOWALK_ABI_MAJOR);
	NUMBER(IOWALK_OPTION_BOOL);
	NUMBER(IOWALK_OPTION_U64);
	NUMBER(IOWALK_OPTION_CHOICE);
	NUMBER(IOWALK_OPTION_ALWAYS_NAMED);
	NUMBER(IOWALK_OPTIONS_MAX);
	NUMBER(IOWALK_COUNT_SYSCALL);
	NUMBER(IOWALK_COUNT_OTHER);
	NUMBER(IOWALK_ENGINE_MAPS);
	NUMBER(IOWALK_ENGINE_DIRECT);
	NUMBER(IOWALK_ENGINE_STABLE_POINTER);
	NUMBER(IOWALK_ENGINE_HOLDS_FILE);
	NUMBER(IOWALK_OPEN_READ);
	NUMBER(IOWALK_OPEN_WRITE);
	NUMBER(IOWALK_OPEN_CREATE);
	NUMBER(IOWALK_PATTERN_NORMAL);
	NUMBER(IOWALK_PATTERN_SEQUENTIAL);
	NUMBER(IOWALK_PATTERN_RANDOM);
	NUMBER(IOWALK_STORE_READ);
	NUMBER(IOWALK_STORE_WRITE);
	NUMBER(IOWALK_STORE_CHECKED);
	NUMBER(IOWALK_STORE_EACH);
	NUMBER(IOWALK_DURABLE_NONE);
	NUMBER(IOWALK_DURABLE_END);
	NUMBER(IOWALK_DURABLE_EACH);
}

int main(void)
{
	print_plugin();
	print_engine();
	print_store();
	print_numbers();
	return 0;
}
