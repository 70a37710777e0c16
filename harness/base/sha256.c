/* SHA-256 of a file: see sha256.h. */
#include "sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES 64
#define READ_BYTES  (1 << 16) /* a multiple of BLOCK_BYTES */

/* The fractional parts of the cube roots of the first 64 primes (section 4.2.2). */
static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2};

/* Of the square roots of the first 8 primes (section 5.3.3). */
static const uint32_t begin[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
				  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static uint32_t rotate(uint32_t word, unsigned by)
{
	return word >> by | word << (32 - by);
}

/* Section 6.2.2. */
static void add_block(uint32_t hash[8], const unsigned char *bytes)
{
	uint32_t w[64], v[8];

	for (size_t t = 0; t < 16; t++)
		w[t] = (uint32_t)bytes[4 * t] << 24 | (uint32_t)bytes[4 * t + 1] << 16 |
		       (uint32_t)bytes[4 * t + 2] << 8 | bytes[4 * t + 3];
	for (size_t t = 16; t < 64; t++) {
		uint32_t a = w[t - 15], b = w[t - 2];

		w[t] = (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10) + w[t - 7] +
		       (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + w[t - 16];
	}
	memcpy(v, hash, sizeof(v));
	for (size_t t = 0; t < 64; t++) {
		uint32_t one = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) +
			       ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[t] + w[t];
		uint32_t two = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) +
			       ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += one;
		v[0] = one + two;
	}
	for (size_t i = 0; i < 8; i++)
		hash[i] += v[i];
}

/* The rest of less than a block, and the length of all in bits. */
static void add_end(uint32_t hash[8], const unsigned char *rest, size_t rest_bytes,
		    uint64_t all_bytes)
{
	unsigned char end[2 * BLOCK_BYTES] = {0};
	size_t end_bytes = rest_bytes + 9 <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;

	memcpy(end, rest, rest_bytes);
	end[rest_bytes] = 0x80;
	for (size_t i = 0; i < 8; i++)
		end[end_bytes - 1 - i] = (unsigned char)(all_bytes * 8 >> 8 * i);
	for (size_t at = 0; at < end_bytes; at += BLOCK_BYTES)
		add_block(hash, end + at);
}

/* Reads until the buffer is full or the file ends. */
static ssize_t fill(int fd, unsigned char *buffer)
{
	size_t filled = 0;

	while (filled < READ_BYTES) {
		ssize_t got = read(fd, buffer + filled, READ_BYTES - filled);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		filled += (size_t)got;
	}
	return (ssize_t)filled;
}

int sha256_file(const char *path, char *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *buffer = malloc(READ_BYTES);
	uint32_t hash[8];
	uint64_t all_bytes = 0;
	ssize_t got = fd < 0 ? -errno : buffer ? READ_BYTES : -ENOMEM;

	memcpy(hash, begin, sizeof(hash));
	while (got == READ_BYTES) {
		size_t at = 0;

		got = fill(fd, buffer);
		for (; got > 0 && at + BLOCK_BYTES <= (size_t)got; at += BLOCK_BYTES)
			add_block(hash, buffer + at);
		all_bytes += got > 0 ? (uint64_t)got : 0;
		if (got >= 0 && got < READ_BYTES)
			add_end(hash, buffer + at, (size_t)got - at, all_bytes);
	}
	for (size_t i = 0; i < 8; i++)
		snprintf(text + 8 * i, 9, "%08x", hash[i]);
	if (fd >= 0)
		close(fd);
	free(buffer);
	return got < 0 ? (int)got : 0;
}
