// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's judgement of a NUMA machine, from literal distances. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "host/numa.h"

static void expect(const uint32_t *distances, uint32_t count, const char *nodes,
		   enum numa_type expected)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	assert_non_null(set);
	assert_int_equal(hwloc_bitmap_list_sscanf(set, nodes), 0);
	assert_int_equal(numa_type_of(distances, count, set), expected);
	hwloc_bitmap_free(set);
}

static void one_distance_beside_the_local_one_is_direct(void **state)
{
	static const uint32_t two[] = { 10, 21, 21, 10 };
	static const uint32_t four[] = { 10, 20, 20, 20, 20, 10, 20, 20,
					 20, 20, 10, 20, 20, 20, 20, 10 };
	static const uint32_t alike[] = { 10, 10, 10, 10 };

	expect(two, 2, "0-1", NUMA_DIRECT);
	expect(four, 4, "0-3", NUMA_DIRECT);
	expect(alike, 2, "0-1", NUMA_DIRECT);
}

/* Two packages of two dies each: 1 and 3 are farthest apart, and 0 is nearer to both. */
static void two_packages_of_two_dies_are_a_glueless_mesh(void **state)
{
	static const uint32_t distances[] = { 10, 12, 20, 22, 12, 10, 22, 24,
					      20, 22, 10, 12, 22, 24, 12, 10 };

	expect(distances, 4, "0-3", NUMA_GLUELESS_MESH);
}

/* A ring of eight: one hop is 16, two are 22, three and four are 28. */
static void a_ring_of_eight_is_a_glueless_mesh(void **state)
{
	static const uint32_t by_hops[] = { 10, 16, 22, 28, 28 };
	uint32_t distances[64];

	for (int a = 0; a < 8; a++)
		for (int b = 0; b < 8; b++) {
			int hops = (a - b + 8) % 8;

			distances[a * 8 + b] = by_hops[hops > 4 ? 8 - hops : hops];
		}
	expect(distances, 8, "0-7", NUMA_GLUELESS_MESH);
}

/* Pairs of nodes: from one pair to another there is one distance, whichever way is taken. */
static void pairs_without_a_node_between_them_are_a_backplane(void **state)
{
	uint32_t distances[64];

	for (int a = 0; a < 8; a++)
		for (int b = 0; b < 8; b++)
			distances[a * 8 + b] = a == b ? 10 : a / 2 == b / 2 ? 15 : 40;
	expect(distances, 8, "0-7", NUMA_BACKPLANE);
	expect(distances, 8, "0-3", NUMA_BACKPLANE);
}

/* Node 2 is memory without CPUs: with it there would be a third distance. */
static void nodes_without_cpus_do_not_count(void **state)
{
	static const uint32_t distances[] = { 10, 20, 17, 20, 10, 28, 17, 28, 10 };

	expect(distances, 3, "0-1", NUMA_DIRECT);
	expect(distances, 3, "0-2", NUMA_GLUELESS_MESH);
	expect(distances, 3, "0", NUMA_SINGLE);
}

static void what_is_not_known_is_unknown(void **state)
{
	static const uint32_t hole[] = { 10, 0, 0, 10 };

	expect(NULL, 2, "0-1", NUMA_UNKNOWN);
	expect(hole, 2, "0-1", NUMA_UNKNOWN);
	expect(hole, 2, "0-2", NUMA_UNKNOWN);
	assert_string_equal(numa_type_name(NUMA_GLUELESS_MESH), "glueless mesh");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_distance_beside_the_local_one_is_direct),
		cmocka_unit_test(two_packages_of_two_dies_are_a_glueless_mesh),
		cmocka_unit_test(a_ring_of_eight_is_a_glueless_mesh),
		cmocka_unit_test(pairs_without_a_node_between_them_are_a_backplane),
		cmocka_unit_test(nodes_without_cpus_do_not_count),
		cmocka_unit_test(what_is_not_known_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
