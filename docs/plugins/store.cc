/*
 * A store as a plug-in, to copy: a graph in one file that is mapped. The file has a head, where the neighbours of each node
 * begin, and then all neighbours. Inserts are kept in memory and written by sync() or close().
 *
 *     c++ -O2 -std=c++11 -shared -fPIC -I include docs/plugins/store.cc -o my_store.so
 *     iowalk list layouts --plugin ./my_store.so
 *
 * The contract of each hook is in include/iowalk/store.h. No exception may leave a hook.
 */
#include <iowalk/store.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace
{

const uint64_t magic = UINT64_C(0x31726f747379656d); /* any number */

struct Head {
	uint64_t magic, nodes_count, edges_count;
};

/* What a handle points to. */
struct Store {
	std::string path;
	/* A store that is being made: the neighbours of each node. */
	bool writing = false, dirty = false;
	std::vector<std::vector<uint64_t>> lists;
	/* A store that is open for reading: the mapped file. */
	void *mapping = MAP_FAILED;
	size_t mapping_bytes = 0;
	const Head *head = nullptr;
	const uint64_t *begins = nullptr; /* [nodes_count + 1] */
	const uint64_t *ids = nullptr;    /* [edges_count] */
	bool is_attached = false;         /* the mapping is another handle's */
};

Store *self(void *handle)
{
	return static_cast<Store *>(handle);
}

int failed(const char *what, char *why, size_t why_size)
{
	int err = -errno;

	snprintf(why, why_size, "%s: %s", what, strerror(-err));
	return err;
}

/* ---- writing ---- */

int my_create(const char *path, uint32_t, const uint64_t *, iowalk_store_instance *out, char *why, size_t why_size)
try {
	FILE *file = fopen(path, "wb"); /* what was there is gone */

	if (!file)
		return failed("cannot make the file", why, why_size);
	fclose(file);
	Store *store = new Store;
	store->path = path;
	store->writing = store->dirty = true;
	out->handle = store;
	return 0;
} catch (const std::bad_alloc &) {
	return -ENOMEM;
}

int my_insert_node(void *handle)
try {
	self(handle)->lists.emplace_back();
	self(handle)->dirty = true;
	return 0;
} catch (const std::bad_alloc &) {
	return -ENOMEM;
}

int my_insert_edge(void *handle, uint64_t from, uint64_t to)
try {
	Store *store = self(handle);

	if (from >= store->lists.size() || to >= store->lists.size())
		return -ERANGE;
	store->lists[from].push_back(to);
	store->dirty = true;
	return 0;
} catch (const std::bad_alloc &) {
	return -ENOMEM;
}

/* After an error the graph is empty again. */
int my_bulk(void *handle, const iowalk_edges *edges)
{
	Store *store = self(handle);
	iowalk_edge some[256];
	uint64_t cursor = 0, taken = 0;
	size_t count;
	int err = 0;

	try {
		store->lists.resize(edges->nodes_count);
		while (!err && (count = edges->next(edges->context, &cursor, some, 256)) > 0) {
			for (size_t i = 0; !err && i < count; i++, taken++)
				err = my_insert_edge(handle, some[i].from, some[i].to);
		}
	} catch (const std::bad_alloc &) {
		err = -ENOMEM;
	}
	if (!err && taken != edges->edges_count)
		err = -EINVAL;
	if (err)
		store->lists.clear();
	return err;
}

/* Writes all that was inserted. */
int write_file(Store *store, bool durable)
{
	FILE *file = fopen(store->path.c_str(), "wb");
	Head head = {magic, store->lists.size(), 0};
	uint64_t begin = 0;

	if (!file)
		return -errno;
	for (const auto &list : store->lists)
		head.edges_count += list.size();
	fwrite(&head, sizeof(head), 1, file);
	for (const auto &list : store->lists) {
		fwrite(&begin, sizeof(begin), 1, file);
		begin += list.size();
	}
	fwrite(&begin, sizeof(begin), 1, file);
	for (const auto &list : store->lists)
		fwrite(list.data(), sizeof(uint64_t), list.size(), file);
	bool is_lost = ferror(file) || fflush(file) || (durable && fdatasync(fileno(file)));
	int err = !is_lost ? 0 : errno ? -errno : -EIO;
	if (fclose(file) && !err)
		err = -errno;
	if (!err)
		store->dirty = false;
	return err;
}

int my_sync(void *handle)
{
	return self(handle)->writing ? write_file(self(handle), true) : 0;
}

/* ---- reading ---- */

/* Every number of the file is checked before it is used: a damaged file is -EBADMSG, not a crash. */
int check_begins(const Store *store, char *why, size_t why_size)
{
	for (uint64_t node = 0; node < store->head->nodes_count; node++) {
		if (store->begins[node] > store->begins[node + 1] ||
		    store->begins[node + 1] > store->head->edges_count) {
			snprintf(why, why_size, "the neighbours of node %llu begin at the wrong place",
				 static_cast<unsigned long long>(node));
			return -EBADMSG;
		}
	}
	return 0;
}

int map_file(Store *store, char *why, size_t why_size)
{
	int fd = open(store->path.c_str(), O_RDONLY | O_CLOEXEC);
	struct stat status = {};

	if (fd < 0 || fstat(fd, &status)) {
		int err = failed("cannot open the file", why, why_size);
		if (fd >= 0)
			close(fd);
		return err;
	}
	store->mapping_bytes = static_cast<size_t>(status.st_size);
	if (store->mapping_bytes >= sizeof(Head))
		store->mapping = mmap(nullptr, store->mapping_bytes, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (store->mapping == MAP_FAILED) {
		snprintf(why, why_size, "the file is too short, or cannot be mapped");
		return -EBADMSG;
	}
	store->head = static_cast<const Head *>(store->mapping);
	uint64_t words = (store->mapping_bytes - sizeof(Head)) / sizeof(uint64_t);
	if (store->head->magic != magic || store->head->nodes_count >= words ||
	    store->head->edges_count != words - store->head->nodes_count - 1) {
		snprintf(why, why_size, "the head does not fit the file");
		return -EBADMSG;
	}
	store->begins = reinterpret_cast<const uint64_t *>(store->head + 1);
	store->ids = store->begins + store->head->nodes_count + 1;
	return check_begins(store, why, why_size);
}

int my_close(void *handle)
{
	Store *store = self(handle);
	int err = store->writing && store->dirty ? write_file(store, false) : 0;

	if (store->mapping != MAP_FAILED && !store->is_attached)
		munmap(store->mapping, store->mapping_bytes);
	delete store;
	return err;
}

int my_open(const char *path, uint32_t flags, const uint64_t *, iowalk_store_instance *out, char *why, size_t why_size)
try {
	if (flags & IOWALK_STORE_WRITE)
		return -EOPNOTSUPP;
	Store *store = new Store;

	store->path = path;
	int err = map_file(store, why, why_size);
	if (err) {
		my_close(store);
		return err;
	}
	out->handle = store;
	out->nodes_count = store->head->nodes_count;
	out->edges_count = store->head->edges_count;
	return 0;
} catch (const std::bad_alloc &) {
	return -ENOMEM;
}

/* The handles of all threads read one mapping. */
int my_attach(void *handle, iowalk_store_instance *out)
try {
	Store *store = new Store(*self(handle));

	store->is_attached = true;
	out->handle = store;
	out->nodes_count = store->head->nodes_count;
	out->edges_count = store->head->edges_count;
	return 0;
} catch (const std::bad_alloc &) {
	return -ENOMEM;
}

int my_neighbors(void *handle, uint64_t node, iowalk_neighbors *out)
{
	const Store *store = self(handle);

	if (store->writing) { /* a walk right after the inserts */
		if (node >= store->lists.size())
			return -ERANGE;
		*out = {store->lists[node].data(), store->lists[node].size()};
		return 0;
	}
	if (node >= store->head->nodes_count)
		return -ERANGE;
	*out = {store->ids + store->begins[node], store->begins[node + 1] - store->begins[node]};
	return 0;
}

/* Nothing is copied, so all of the level can be answered at once. */
int64_t my_neighbors_batch(void *handle, const uint64_t *nodes, uint64_t count, iowalk_neighbors *out)
{
	for (uint64_t i = 0; i < count; i++) {
		int err = my_neighbors(handle, nodes[i], &out[i]);
		if (err)
			return err;
	}
	return static_cast<int64_t>(count);
}

int my_check(void *handle, char *why, size_t why_size)
{
	const Store *store = self(handle);

	if (!store->writing && (store->begins[0] || store->begins[store->head->nodes_count] != store->head->edges_count)) {
		snprintf(why, why_size, "not every edge belongs to a node");
		return -EBADMSG;
	}
	for (uint64_t i = 0; !store->writing && i < store->head->edges_count; i++) {
		if (store->ids[i] >= store->head->nodes_count) {
			snprintf(why, why_size, "edge %llu leads to no node", static_cast<unsigned long long>(i));
			return -EBADMSG;
		}
	}
	return 0;
}

/* Without this hook a cell cannot be cold. The pages have to leave the mapping before they can leave the page cache. */
int my_drop_cache(void *handle)
{
	const Store *store = self(handle);
	int fd = open(store->path.c_str(), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (store->mapping != MAP_FAILED)
		madvise(store->mapping, store->mapping_bytes, MADV_DONTNEED);
	int err = fdatasync(fd) ? -errno : -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
	return err;
}

/* ---- the tables ---- */

iowalk_store make_table()
{
	iowalk_store table = {};

	table.struct_size = sizeof(table);
	table.format = 1;
	table.name = "my_store";
	table.summary = "a mapped file, as a plug-in";
	table.create = my_create;
	table.open = my_open;
	table.close = my_close;
	table.neighbors = my_neighbors;
	table.neighbors_batch = my_neighbors_batch;
	table.bulk = my_bulk;
	table.insert_node = my_insert_node;
	table.insert_edge = my_insert_edge;
	table.sync = my_sync;
	table.check = my_check;
	table.drop_cache = my_drop_cache;
	table.attach = my_attach;
	return table;
}

const iowalk_store my_store = make_table();
const iowalk_store *const stores[] = {&my_store, nullptr};

} // namespace

extern "C" IOWALK_EXPORT const struct iowalk_plugin iowalk_plugin = {IOWALK_PLUGIN_HEAD, "my_stores", "1.0", nullptr, stores};
