/*
 * See intercept.h. A seccomp filter hands the calls of fault_calls[] to a listener, a descriptor that the child sends to
 * its parent over a socket. sendmsg() itself is not handed over.
 *
 * A close that fails is left undone, because the parent cannot close a descriptor of the child: the child does it after
 * the hook. A short transfer is made by the parent, with a copy of the descriptor.
 *
 * Source: seccomp(2), seccomp_unotify(2), pidfd_getfd(2), process_vm_readv(2), close(2) on errors of close.
 */
#include "intercept.h"

#include "memory.h"

#include <errno.h>
#include <linux/filter.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHORT_MAX_BYTES ((size_t)1 << 20)
#define BLOCK_BYTES     4096
#define PARTS_MAX       64 /* of one call */

int intercept_open(struct intercept_link *link)
{
	link->watch = NULL;
	link->all = false;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link->sockets) < 0 ? -errno : 0;
}

/* ---- the child ---- */

/* Hands over the calls of the table, or all but sendmsg(); returns the listener or negative errno. */
static int install_filter(bool all)
{
	struct sock_filter code[2 * FAULT_CALLS_MAX + 2];
	unsigned short used = 0;

	code[used++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						    offsetof(struct seccomp_data, nr));
	for (size_t i = 0; !all && i < fault_calls_count; i++) {
		if (fault_is_of_memory(&fault_calls[i]))
			continue;
		code[used++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							    (unsigned)fault_calls[i].number, 0, 1);
		code[used++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	if (all) {
		code[used++] =
			(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 1, 0);
		code[used++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	code[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog program = {.len = used, .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	return listener < 0 ? -errno : (int)listener;
}

int intercept_child(struct intercept_link *link)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.bytes = {0}};
	int listener = install_filter(link->all);
	struct iovec data = {.iov_base = &listener, .iov_len = sizeof(listener)};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};

	if (listener >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *head = CMSG_FIRSTHDR(&message);

		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &listener, sizeof(int));
	}
	ssize_t sent = sendmsg(link->sockets[1], &message, MSG_NOSIGNAL);
	if (listener < 0)
		return -EOPNOTSUPP;
	if (sent < 0)
		_exit(1); /* nobody would answer the next call */
	close(link->sockets[0]);
	close(link->sockets[1]);
	close(listener);
	return 0;
}

/* Counts the hook, and refuses it memory if that is the fault. */
static void refuse_memory(struct intercept *intercept)
{
	const struct fault *fault = &intercept->fault;
	const struct fault_call *call = &fault_calls[fault->call];

	for (size_t i = 0; i < fault_calls_count; i++)
		intercept->counts[i] += fault_is_of_memory(&fault_calls[i]);
	unsigned ordinal = intercept->counts[fault->call];
	if (fault->ordinal == 0 || !fault_is_of_memory(call) || !memory_can_refuse() ||
	    (fault->for_ever ? ordinal < fault->ordinal : ordinal != fault->ordinal))
		return;
	atomic_fetch_add(&intercept->injected, 1);
	intercept->refuses = true;
	memory_refuse((size_t)(FAULT_OF_MEMORY(0) - call->number));
}

void intercept_arm(struct intercept *intercept)
{
	if (!intercept)
		return;
	refuse_memory(intercept);
	atomic_store(&intercept->armed, true);
}

void intercept_unarm(struct intercept *intercept)
{
	if (!intercept)
		return;
	int saved = errno;
	unsigned count;

	atomic_store(&intercept->armed, false);
	if (intercept->refuses)
		memory_allow();
	intercept->refuses = false;
	count = atomic_exchange(&intercept->unclosed_count, 0);
	for (unsigned i = 0; i < count; i++)
		close(intercept->unclosed[i]);
	errno = saved;
}

/* ---- the parent ---- */

/* The listener that the child sends, or negative errno. */
static int receive_listener(int socket)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	int value = 0, listener;
	struct iovec data = {.iov_base = &value, .iov_len = sizeof(value)};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};

	ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (!head)
		return -EOPNOTSUPP;
	memcpy(&listener, CMSG_DATA(head), sizeof(listener));
	return listener;
}

struct server {
	const struct intercept_link *link;
	struct intercept *intercept;
	pid_t child;
	int listener, process; /* descriptors; `process`: of the child, as of pidfd_open(2) */
	struct seccomp_notif request;
	struct seccomp_notif_resp answer;
};

/* Index in fault_calls[]; fault_calls_count if it is none of them. */
static size_t call_of(const struct seccomp_data *data)
{
	bool anonymous = data->nr == SYS_mmap && data->args[3] & MAP_ANONYMOUS;
	size_t i = 0;

	while (i < fault_calls_count &&
	       (fault_calls[i].number != data->nr ||
		(data->nr == SYS_mmap &&
		 anonymous != (strcmp(fault_calls[i].name, FAULT_ANONYMOUS) == 0))))
		i++;
	return i;
}

/* Moves bytes between `buffer` and the child's memory. */
static bool copy_child(struct server *server, bool into_child, void *buffer, size_t len_bytes,
		       uint64_t address)
{
	struct iovec here = {.iov_base = buffer, .iov_len = len_bytes};
	// NOLINTNEXTLINE(performance-no-int-to-ptr): the address is one of the child's
	struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = len_bytes};
	ssize_t done = into_child ? process_vm_writev(server->child, &here, 1, &there, 1, 0)
				  : process_vm_readv(server->child, &here, 1, &there, 1, 0);

	return done == (ssize_t)len_bytes;
}

/* What a call of the child transfers: parts of its memory, of `len_bytes` together. */
struct transfer {
	struct iovec parts[PARTS_MAX]; /* [count] */
	size_t count, len_bytes;
	off_t offset; /* -1: at the descriptor's own */
};

/* False if it has more parts than are looked at. */
static bool find_parts(struct server *server, struct transfer *transfer)
{
	const struct seccomp_data *data = &server->request.data;
	bool plain = data->nr == SYS_read || data->nr == SYS_pread64 || data->nr == SYS_write ||
		     data->nr == SYS_pwrite64;
	bool positioned = data->nr != SYS_read && data->nr != SYS_write && data->nr != SYS_readv &&
			  data->nr != SYS_writev;

	transfer->offset = positioned ? (off_t)data->args[3] : -1;
	transfer->count = plain ? 1 : (size_t)data->args[2];
	transfer->len_bytes = 0;
	// NOLINTNEXTLINE(performance-no-int-to-ptr): the address is one of the child's
	transfer->parts[0] =
		(struct iovec){(void *)(uintptr_t)data->args[1], (size_t)data->args[2]};
	if (!plain && (transfer->count > PARTS_MAX ||
		       !copy_child(server, false, transfer->parts,
				   transfer->count * sizeof(transfer->parts[0]), data->args[1])))
		return false;
	for (size_t i = 0; i < transfer->count; i++)
		transfer->len_bytes += transfer->parts[i].iov_len;
	return true;
}

/* Moves the first `len_bytes` of the parts. */
static bool copy_parts(struct server *server, bool into_child, const struct transfer *transfer,
		       unsigned char *buffer, size_t len_bytes)
{
	for (size_t i = 0; len_bytes > 0 && i < transfer->count; i++) {
		size_t part = transfer->parts[i].iov_len < len_bytes ? transfer->parts[i].iov_len
								     : len_bytes;

		if (part > 0 && !copy_child(server, into_child, buffer, part,
					    (uintptr_t)transfer->parts[i].iov_base))
			return false;
		buffer += part;
		len_bytes -= part;
	}
	return true;
}

/* Is the call of one of the child's threads, and not of a process that it has started? */
static bool is_from_child(const struct server *server)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)server->child,
		 (int)server->request.pid);
	return access(path, F_OK) == 0;
}

/* Transfers half of the bytes for the child; false if that is not possible: then the call goes on as usual. */
static bool transfer_short(struct server *server, const struct fault_call *call)
{
	struct transfer transfer;
	ssize_t done = -1;
	void *buffer;

	if (!is_from_child(server) || !find_parts(server, &transfer))
		return false;
	size_t half = transfer.len_bytes / 2;
	half = half >= BLOCK_BYTES ? half / BLOCK_BYTES * BLOCK_BYTES : half;
	if (half == 0 || half > SHORT_MAX_BYTES || posix_memalign(&buffer, BLOCK_BYTES, half))
		return false;
	int fd = (int)syscall(SYS_pidfd_getfd, server->process, (int)server->request.data.args[0],
			      0);
	if (fd >= 0 && call->effect == FAULT_READS) {
		done = transfer.offset >= 0 ? pread(fd, buffer, half, transfer.offset)
					    : read(fd, buffer, half);
		if (done > 0 && !copy_parts(server, true, &transfer, buffer, (size_t)done))
			done = -1;
	} else if (fd >= 0 && copy_parts(server, false, &transfer, buffer, half)) {
		done = transfer.offset >= 0 ? pwrite(fd, buffer, half, transfer.offset)
					    : write(fd, buffer, half);
	}
	if (fd >= 0)
		close(fd);
	free(buffer);
	if (done <= 0)
		return false;
	server->answer.flags = 0;
	server->answer.val = done;
	return true;
}

/* A descriptor that is closed has to be open, in the process that closes it: a hook may start another. */
static void check_close(struct server *server, int fd)
{
	struct intercept *intercept = server->intercept;
	unsigned count = atomic_load(&intercept->unclosed_count);
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)server->request.pid, fd);
	bool is_open = access(path, F_OK) == 0 || errno == EACCES;
	for (unsigned i = 0; i < count; i++)
		is_open = is_open && (intercept->unclosed[i] != fd || !is_from_child(server));
	if (!is_open)
		atomic_store(&intercept->bad_close, fd + 1);
}

/* Lets the call fail as the fault says. Returns whether it does. */
static bool inject(struct server *server, size_t index)
{
	struct intercept *intercept = server->intercept;
	const struct fault *fault = &intercept->fault;
	const struct fault_call *call = &fault_calls[index];
	unsigned ordinal = intercept->counts[index];

	if (fault->ordinal == 0 || fault->call != index ||
	    (fault->for_ever ? ordinal < fault->ordinal : ordinal != fault->ordinal))
		return false;
	if (fault->error == 0)
		return transfer_short(server, call);
	server->answer.flags = 0;
	server->answer.error = -fault->error;
	if (call->effect == FAULT_CLOSES) {
		unsigned at = atomic_load(&intercept->unclosed_count);

		if (at < INTERCEPT_UNCLOSED_MAX && is_from_child(server)) {
			intercept->unclosed[at] = (int)server->request.data.args[0];
			atomic_store(&intercept->unclosed_count, at + 1);
		}
	}
	if (call->effect == FAULT_SYNCS && fault->error != EINTR)
		atomic_store(&intercept->lost, true);
	return true;
}

/* What the call does to the file, if it does not fail. An io_uring may write. */
static void note_effect(struct intercept *intercept, const struct fault_call *call, bool fails)
{
	if (call->effect == FAULT_SYNCS && !fails)
		atomic_store(&intercept->unsynced, false);
	if (call->effect == FAULT_WRITES && !fails)
		atomic_store(&intercept->unsynced, true);
	if ((call->effect == FAULT_WRITES && !fails) || call->number == SYS_io_uring_enter)
		atomic_store(&intercept->lost, false);
}

static void decide(struct server *server)
{
	struct intercept *intercept = server->intercept;
	size_t index = call_of(&server->request.data);

	memset(&server->answer, 0, sizeof(server->answer));
	server->answer.id = server->request.id;
	server->answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	intercept->caller = (int)server->request.pid;
	if (server->link->watch && server->link->watch(server->link->context, server->child,
						       server->process, &server->request.data))
		server->answer.flags = 0;
	if (!atomic_load(&intercept->armed) || index == fault_calls_count)
		return;
	intercept->counts[index]++;
	if (fault_calls[index].effect == FAULT_CLOSES)
		check_close(server, (int)server->request.data.args[0]);
	bool fails = inject(server, index);
	if (fails)
		atomic_fetch_add(&intercept->injected, 1);
	note_effect(intercept, &fault_calls[index], fails && server->answer.error);
}

/* Answers one call. A child that was killed meanwhile needs no answer. */
static void serve_one(struct server *server)
{
	memset(&server->request, 0, sizeof(server->request));
	if (ioctl(server->listener, SECCOMP_IOCTL_NOTIF_RECV, &server->request) < 0)
		return;
	decide(server);
	(void)ioctl(server->listener, SECCOMP_IOCTL_NOTIF_SEND, &server->answer);
}

int intercept_serve(struct intercept_link *link, struct intercept *intercept, pid_t child,
		    int *status)
{
	struct server server = {.link = link, .intercept = intercept, .child = child};
	int err = 0;

	close(link->sockets[1]);
	server.listener = receive_listener(link->sockets[0]);
	close(link->sockets[0]);
	server.process = (int)syscall(SYS_pidfd_open, child, 0);
	struct pollfd events[] = {{.fd = server.listener, .events = POLLIN},
				  {.fd = server.process, .events = POLLIN}};
	if (server.listener < 0 || server.process < 0)
		err = -EOPNOTSUPP;
	while (!err && !(events[1].revents & POLLIN)) {
		if (poll(events, 2, -1) < 0)
			continue;
		if (events[0].revents & POLLIN)
			serve_one(&server);
	}
	if (server.listener >= 0)
		close(server.listener); /* a call that still waits gets ENOSYS */
	if (server.process >= 0)
		close(server.process);
	if (waitpid(child, status, 0) != child && !err)
		err = -errno;
	return err;
}
