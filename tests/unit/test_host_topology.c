// SPDX-License-Identifier: GPL-2.0-only
/* Topologies that hwloc makes up: what a 96-CPU, a hybrid or a cache-less machine looks like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "host/snapshot.h"
#include "host/topology.h"

static struct host_snapshot host;

static void load(const char *synthetic, uint32_t cpu_count, hwloc_topology_t *topology)
{
	memset(&host, 0, sizeof(host));
	host.cpu_count = cpu_count;
	host.cpus = calloc(cpu_count, sizeof(*host.cpus));
	assert_non_null(host.cpus);
	for (uint32_t i = 0; i < cpu_count; i++)
		host.cpus[i] = (struct host_cpu){ -1, -1, -1, -1, hwloc_bitmap_alloc(), false, 0 };
	assert_int_equal(hwloc_topology_init(topology), 0);
	assert_int_equal(hwloc_topology_set_synthetic(*topology, synthetic), 0);
	assert_int_equal(hwloc_topology_load(*topology), 0);
}

static void fill(const char *synthetic, uint32_t cpu_count)
{
	hwloc_topology_t topology;

	load(synthetic, cpu_count, &topology);
	assert_int_equal(topology_fill(&host, topology), 0);
	hwloc_topology_destroy(topology);
}

static int tear_down(void **state)
{
	(void)state;
	host_snapshot_free(&host);
	return 0;
}

/* The founding machine: 96 CPUs, 2 packages, 4 nodes, an L3 for each node, no SMT. */
static void ninety_six_cpus_have_their_places(void **state)
{
	(void)state;
	fill("package:2 numa:2 l3:1 core:24 pu:1", 96);
	assert_int_equal(host.node_count, 4);
	for (int cpu = 0; cpu < 96; cpu++) {
		assert_int_equal(host.cpus[cpu].package, cpu / 48);
		assert_int_equal(host.cpus[cpu].node, cpu / 24);
		assert_int_equal(host.cpus[cpu].llc, cpu / 24);
		assert_int_equal(host.cpus[cpu].core, cpu);
		assert_int_equal(hwloc_bitmap_weight(host.cpus[cpu].siblings), 1);
		assert_true(hwloc_bitmap_isset(host.cpus[cpu].siblings, (unsigned int)cpu));
	}
}

/* Linux numbers siblings far apart: CPU n and n + 48. */
static void siblings_need_not_be_neighbours(void **state)
{
	(void)state;
	fill("package:2 numa:1 l3:1 core:24 pu:2(indexes=2*48:48*1)", 96);
	for (int cpu = 0; cpu < 48; cpu++) {
		assert_int_equal(host.cpus[cpu].core, host.cpus[cpu + 48].core);
		assert_int_equal(host.cpus[cpu].llc, host.cpus[cpu + 48].llc);
		assert_int_equal(hwloc_bitmap_weight(host.cpus[cpu].siblings), 2);
		assert_true(hwloc_bitmap_isset(host.cpus[cpu].siblings, (unsigned int)cpu + 48));
		assert_int_equal(host.cpus[cpu].package, cpu / 24);
	}
}

static void several_last_level_caches_share_a_node(void **state)
{
	(void)state;
	fill("package:1 numa:1 l3:4 l2:4 core:1 pu:2", 32);
	assert_int_equal(host.node_count, 1);
	for (int cpu = 0; cpu < 32; cpu++) {
		assert_int_equal(host.cpus[cpu].llc, cpu / 8);
		assert_int_equal(host.cpus[cpu].node, 0);
	}
}

static void the_last_level_may_be_the_second(void **state)
{
	(void)state;
	fill("package:1 numa:1 l2:2 l1d:4 core:1 pu:1", 8);
	for (int cpu = 0; cpu < 8; cpu++)
		assert_int_equal(host.cpus[cpu].llc, cpu / 4);
}

/* arm64 guests often have no cache information at all. */
static void without_caches_the_domain_is_unknown(void **state)
{
	(void)state;
	fill("package:1 numa:1 core:4 pu:1", 4);
	for (int cpu = 0; cpu < 4; cpu++) {
		assert_int_equal(host.cpus[cpu].llc, -1);
		assert_int_equal(host.cpus[cpu].core, cpu);
	}
}

static void distances_are_indexed_by_node_id(void **state)
{
	/* Node ids 0 and 2, as on POWER: row 1 and column 1 belong to nobody. */
	hwloc_uint64_t values[] = { 10, 40, 30, 20 };
	hwloc_distances_add_handle_t handle;
	hwloc_topology_t topology;
	hwloc_obj_t nodes[2];

	(void)state;
	load("package:2 numa:1(indexes=0,2) l3:1 core:2 pu:1", 4, &topology);
	nodes[0] = hwloc_get_obj_by_type(topology, HWLOC_OBJ_NUMANODE, 0);
	nodes[1] = hwloc_get_obj_by_type(topology, HWLOC_OBJ_NUMANODE, 1);
	handle = hwloc_distances_add_create(
		topology, "NUMALatency",
		HWLOC_DISTANCES_KIND_FROM_OS | HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0);
	assert_non_null(handle);
	assert_int_equal(hwloc_distances_add_values(topology, handle, 2, nodes, values, 0), 0);
	assert_int_equal(hwloc_distances_add_commit(topology, handle, 0), 0);
	assert_int_equal(topology_fill(&host, topology), 0);
	hwloc_topology_destroy(topology);

	assert_int_equal(host.node_count, 3);
	assert_int_equal(host.cpus[3].node, 2);
	assert_non_null(host.distances);
	assert_int_equal(host.distances[0], 10);
	assert_int_equal(host.distances[2], 40);
	assert_int_equal(host.distances[6], 30);
	assert_int_equal(host.distances[8], 20);
	assert_int_equal(host.distances[1], 0);
	assert_int_equal(host.distances[4], 0);
}

static void cpus_beyond_the_topology_stay_unknown(void **state)
{
	(void)state;
	fill("package:1 numa:1 l3:1 core:2 pu:1", 4);
	assert_int_equal(host.cpus[1].llc, 0);
	assert_int_equal(host.cpus[2].llc, -1);
	assert_int_equal(host.cpus[3].package, -1);
}

#define TOPOLOGY_TEST(test) cmocka_unit_test_teardown(test, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TOPOLOGY_TEST(ninety_six_cpus_have_their_places),
		TOPOLOGY_TEST(siblings_need_not_be_neighbours),
		TOPOLOGY_TEST(several_last_level_caches_share_a_node),
		TOPOLOGY_TEST(the_last_level_may_be_the_second),
		TOPOLOGY_TEST(without_caches_the_domain_is_unknown),
		TOPOLOGY_TEST(distances_are_indexed_by_node_id),
		TOPOLOGY_TEST(cpus_beyond_the_topology_stay_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
