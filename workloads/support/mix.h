/*
 * Counter-based random numbers: number i of a seed depends only on i and the seed, so a stream can
 * continue from any cursor without state and is the same on every machine.
 *
 * Source: the finalizer of SplitMix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
 * Generators", OOPSLA 2014, with the constants of David Stafford's Mix13, as Sebastiano Vigna
 * published it (https://prng.di.unimi.it/splitmix64.c). The range reduction is the multiply and
 * shift of Lemire, "Fast Random Integer Generation in an Interval", ACM TOMACS 29(1), 2019, without
 * its rejection step: a value's probability is off by at most n / 2^64 of itself.
 */
#ifndef IOWALK_MIX_H
#define IOWALK_MIX_H

#include <stdint.h>

#define MIX_GOLDEN UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / the golden ratio, odd */

/* A bijection of u64 in which every bit of the result depends on every bit of the value. */
static inline uint64_t mix64(uint64_t value)
{
	value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

/* The next number of a sequence; *state is the seed at first. The harness uses it for orders and
 * samples. */
static inline uint64_t mix_next(uint64_t *state)
{
	return mix64(*state += MIX_GOLDEN);
}

/* The uses of a seed; each has independent numbers. */
enum mix_use {
	MIX_EDGES = 1,
	MIX_PERMUTATION = 2,
	MIX_QUERIES = 3,
};

static inline uint64_t mix_key(uint64_t seed, enum mix_use use)
{
	return mix64(mix64(seed + MIX_GOLDEN) + (uint64_t)use);
}

/* Number i of a key. */
static inline uint64_t mix_at(uint64_t key, uint64_t i)
{
	return mix64(key + (i + 1) * MIX_GOLDEN);
}

/* Maps a random u64 to 0 .. n - 1; 0 if n is 0. */
static inline uint64_t mix_reduce(uint64_t value, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)value * n) >> 64);
}

#endif
