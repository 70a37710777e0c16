/* Roots that are drawn: `--roots N`. */
#ifndef IOWALK_PREPARE_DRAW_ROOT_H
#define IOWALK_PREPARE_DRAW_ROOT_H

#include "../../workloads/graph.h"

/*
 * Root number `number` ≥ 1: a node with out-edges in the largest component of the graph, whose edges
 * are taken in both directions for this. Different numbers give different nodes, up to the number
 * of such nodes. The same seed and graph give the same node on every machine. Takes 17 bytes a node. -ENOMEM.
 */
int draw_root(const struct graph *graph, uint64_t seed, unsigned number, uint64_t *root);

#endif
