/* Serving a request: see protocol.h. */
#include "protocol.h"

#include "../../base/clock.h"
#include "../../count/counters.h"
#include "../../machine/environment.h"
#include "../../machine/noise_probe.h"
#include "../../plugin/guard.h"
#include "../../plugin/load.h"
#include "../passes.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Takes over `line`. */
static int send_line(FILE *out, json_t *line)
{
	int err = line ? json_dumpf(line, out, JSON_COMPACT) : -1;

	json_decref(line);
	return err || fputc('\n', out) == EOF || fflush(out) ? -EIO : 0;
}

static int send_hello(FILE *out)
{
	char build[128];

	environment_build_caption(build, sizeof(build));
	return send_line(out, json_pack("{si ss ss ss}", "protocol", WORKER_PROTOCOL, "program",
					"iowalk", "version", IOWALK_VERSION, "build", build));
}

/* The settings of a request. */
struct service {
	FILE *out;
	enum sample_pass pass;
	bool paced;
	double step_s; /* of a run: how long a step takes samples */
	enum counters_mode mode;
	struct counters
		*counters[2]; /* of the count pass: of this process, and of those that it starts */
	cpu_set_t own, wide;  /* CPUs of a cell with one thread, and with several */
	bool has_wide;
};

/* Lets a cell with several threads use the CPUs that the request names. */
static void use_cpus(const struct service *service, const struct cell *cell)
{
	if (service->has_wide)
		sched_setaffinity(0, sizeof(cpu_set_t),
				  cell->threads_count > 1 ? &service->wide : &service->own);
}

/* Waits for the byte that starts a step. -ECANCELED if the gate has closed the descriptor. */
static int await_step(const struct service *service)
{
	ssize_t got = 1;
	char byte;

	if (service->paced) {
		do
			got = read(WORKER_PACE_FD, &byte, 1);
		while (got < 0 && errno == EINTR);
	}
	return got == 1 ? 0 : -ECANCELED;
}

static int end_step(const struct service *service, struct measurement *measurement, struct why *why)
{
	int err = service->paced ? measurement_rest(measurement, why) : 0;

	return err || !service->paced ? err : send_line(service->out, json_pack("{sb}", "step", 1));
}

/* ---- whole samples, for a run ---- */

static int send_samples(const struct service *service, enum sample_pass pass, json_t *samples)
{
	return send_line(service->out, json_pack("{sb ss sO}", "step", 1, "pass", pass_names[pass],
						 "samples", samples));
}

/* Takes all samples of a pass, in steps. */
static int take_pass(const struct service *service, struct measurement *measurement,
		     enum sample_pass pass, unsigned samples_count, struct why *why)
{
	unsigned taken = 0;
	int err = 0;

	while (!err && taken < samples_count) {
		json_t *samples = json_array(), *sample;
		int send_err = err = await_step(service);

		for (double until_s = clock_now_s() + service->step_s; !err;) {
			err = measurement_sample(measurement, pass, &sample, why);
			if (err)
				break;
			if (pass == PASS_TIME)
				json_object_set_new(sample, "core_ns", json_real(noise_core_ns()));
			json_array_append_new(samples, sample);
			if (++taken == samples_count || clock_now_s() >= until_s)
				break;
		}
		bool absent = err == -EOPNOTSUPP; /* the workload does not have this pass */
		/* What was taken before an error is sent first; the next step replies the error. */
		if (!send_err && (!err || absent || json_array_size(samples)))
			send_err = send_samples(service, pass, samples);
		if (!send_err && err && !absent && json_array_size(samples))
			send_err = await_step(service);
		json_decref(samples);
		err = send_err ? send_err : err;
		if (absent)
			return err == -EOPNOTSUPP ? 0 : err;
	}
	return err;
}

static int take_passes(const struct service *service, struct measurement *measurement,
		       const struct worker_passes *passes, struct why *why)
{
	int err = 0;

	for (unsigned pass = 0; !err && pass < PASSES_COUNT; pass++)
		err = take_pass(service, measurement, (enum sample_pass)pass, passes->samples[pass],
				why);
	return err;
}

/* ---- the replies to a gate ---- */

/* Copies from the last sample what does not differ between samples. */
static void copy_reply(const json_t *sample, enum sample_pass pass, json_t *reply)
{
	const char *copied[] = {"iterations", pass == PASS_TIME ? "" : "metrics",
				pass == PASS_TIME ? "" : "sources"};
	json_t *hash = json_object_get(json_object_get(sample, "walk"), "levels_hash");

	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		if (json_object_get(sample, copied[i]))
			json_object_set(reply, copied[i], json_object_get(sample, copied[i]));
	if (hash)
		json_object_set(reply, "levels_hash", hash);
}

/* Takes the samples of an open cell and adds them to its reply. */
static int take_samples(const struct service *service, struct measurement *measurement,
			unsigned samples_count, json_t *reply, struct why *why)
{
	json_t *times = json_array(), *sample = NULL;
	int err = 0;

	for (unsigned i = 0; !err && i < samples_count; i++) {
		json_decref(sample);
		sample = NULL;
		err = await_step(service);
		err = err ? err : measurement_sample(measurement, service->pass, &sample, why);
		if (!err && service->pass == PASS_TIME)
			json_array_append(times, json_object_get(json_object_get(sample, "metrics"),
								 "real_time_ns"));
		err = err ? err : end_step(service, measurement, why);
	}
	if (!err && sample) {
		copy_reply(sample, service->pass, reply);
		if (service->pass == PASS_TIME)
			json_object_set(reply, "real_time_ns", times);
	}
	json_decref(sample);
	json_decref(times);
	return err;
}

static struct counters **counters_of(struct service *service, const struct cell *cell)
{
	return &service->counters[(cell->workload->capabilities & WORKLOAD_PROCESSES) != 0];
}

static int open_counters(struct service *service, const struct cell *cell)
{
	struct counters **counters = counters_of(service, cell);

	if (*counters)
		return 0;
	return counters == &service->counters[0] ? counters_new(service->mode, counters)
						 : counters_new_children(service->mode, counters);
}

/* Watches the plug-in of a cell from now on, and asks it whether it can work here, where it may end the process. */
static int begin_plugin(const struct cell *cell, const struct prepared *prepared,
			struct plugin_guard **guard, struct why *why)
{
	const char *slash = strrchr(prepared->path, '/');
	char folder[sizeof(prepared->path)];

	if (!cell_plugin(cell))
		return 0;
	int err = plugin_guard_begin(guard);
	if (err)
		return why_set(why, err, "watching the plug-in: %s", strerror(-err));
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - prepared->path) : 1,
		 slash ? prepared->path : ".");
	return engine_ops_probe(cell->engine, folder, cell->engine_options, why);
}

/* What the plug-in left behind is an error if there is no other. */
static int end_plugin(struct plugin_guard *guard, int err, struct why *why)
{
	struct why left = {""};
	int left_err = plugin_guard_end(guard, &left);

	if (err || !left_err)
		return err;
	*why = left;
	return left_err;
}

/*
 * Measures one cell; its samples or its error go into `reply`. Fails only with -ECANCELED, if the
 * gate has closed the descriptor.
 */
static int serve_cell(struct service *service, const json_t *json, json_t *reply)
{
	struct measurement *measurement = NULL;
	struct plugin_guard *guard = NULL;
	const char *kind = "failed";
	struct prepared prepared;
	struct worker_passes passes = {0};
	unsigned samples_count;
	struct why why = {""};
	struct plan plan;

	plan_init(&plan);
	int err = worker_cell_parse(json, &plan, &prepared, &samples_count, &passes, &why);
	if (err == -EINVAL)
		kind = "unknown";
	if (!err && plan.cells[0].skipped)
		err = why_set(&why, -EOPNOTSUPP, "%s", plan.cells[0].skipped);
	if (!err && plan.cells[0].memory_limit_bytes)
		err = why_set(&why, -EOPNOTSUPP,
			      "a worker does not apply memory limits: `iowalk run` does");
	err = err ? err : await_step(service);
	if (!err && (passes.samples[PASS_COUNT] > 0 || service->pass == PASS_COUNT))
		err = open_counters(service, &plan.cells[0]);
	if (!err)
		use_cpus(service, &plan.cells[0]);
	err = err ? err : begin_plugin(&plan.cells[0], &prepared, &guard, &why);
	if (!err)
		err = measurement_open(&plan.cells[0], &prepared, service->mode,
				       *counters_of(service, &plan.cells[0]), &measurement, &why);
	if (!err && passes.given)
		err = send_line(service->out, json_pack("{sb}", "step", 1));
	else if (!err)
		err = end_step(service, measurement, &why);
	if (!err)
		err = passes.given ? take_passes(service, measurement, &passes, &why)
				   : take_samples(service, measurement, samples_count, reply, &why);
	err = err ? err : await_step(service);
	if (measurement) {
		int close_err = measurement_close(measurement);
		err = err ? err : close_err;
	}
	err = end_plugin(guard, err, &why);
	if (err == -EOPNOTSUPP)
		kind = "unsupported";
	if (err == -EBADMSG && passes.given)
		kind = "damaged";
	if (err && err != -ECANCELED) {
		json_object_set_new(reply, "error",
				    json_string(*why.text ? why.text : strerror(-err)));
		json_object_set_new(reply, "kind", json_string(kind));
	}
	plan_release(&plan);
	return err == -ECANCELED ? err : 0;
}

static void parse_cpus(const json_t *cpus, struct service *service)
{
	CPU_ZERO(&service->wide);
	for (size_t i = 0; i < json_array_size(cpus); i++) {
		json_int_t cpu = json_integer_value(json_array_get(cpus, i));

		if (cpu >= 0 && cpu < CPU_SETSIZE)
			CPU_SET((size_t)cpu, &service->wide);
	}
	service->has_wide = CPU_COUNT(&service->wide) > 0 &&
			    !sched_getaffinity(0, sizeof(service->own), &service->own);
}

/* -EPROTO if the request has another protocol version. */
static int parse_request(json_t *request, struct service *service, struct why *why)
{
	json_t *protocol = json_object_get(request, "protocol");
	const char *name = json_string_value(json_object_get(request, "pass"));
	const char *counters = json_string_value(json_object_get(request, "counters"));

	if (!json_is_integer(protocol))
		return why_set(why, -EBADMSG, "the request has no 'protocol'");
	if (json_integer_value(protocol) != WORKER_PROTOCOL)
		return why_set(why, -EPROTO,
			       "the request has protocol %lld; this build has protocol %d",
			       (long long)json_integer_value(protocol), WORKER_PROTOCOL);
	if (!name || (strcmp(name, "time") != 0 && strcmp(name, "count") != 0))
		return why_set(why, -EBADMSG, "the request's 'pass' is none of: time, count");
	if (!json_is_array(json_object_get(request, "cells")))
		return why_set(why, -EBADMSG, "the request has no 'cells'");
	service->pass = *name == 't' ? PASS_TIME : PASS_COUNT;
	service->paced = json_is_true(json_object_get(request, "paced"));
	parse_cpus(json_object_get(request, "cpus"), service);
	service->step_s = json_number_value(json_object_get(request, "step_s"));
	service->mode = COUNTERS_AUTO;
	if (counters && counters_mode_parse(counters, &service->mode))
		return why_set(why, -EBADMSG, "the request's 'counters' is unknown");
	return plugins_restore(json_object_get(request, "plugins"), PLUGINS_WORKER, why);
}

int worker_serve(FILE *in, FILE *out, struct why *why)
{
	struct service service = {.out = out};
	json_error_t error;
	json_t *cell;
	size_t i;
	int err = send_hello(out);

	if (err)
		return err;
	json_t *request = json_loadf(in, 0, &error);
	if (!request)
		return why_set(why, -EBADMSG, "the request is not JSON: %.100s (line %d)",
			       error.text, error.line);
	err = parse_request(request, &service, why);
	json_array_foreach(json_object_get(request, "cells"), i, cell)
	{
		json_t *reply = json_pack("{sI}", "cell", (json_int_t)i);

		if (!err && reply) {
			err = serve_cell(&service, cell, reply);
			err = err ? err : send_line(out, json_incref(reply));
		}
		json_decref(reply);
	}
	if (!err)
		err = send_line(out, json_pack("{sb}", "end", 1));
	/* Closed before the counters: closing perf events can take two seconds, and the gate need
	 * not wait. */
	if (fclose(out) && !err)
		err = -EIO;
	counters_free(service.counters[0]);
	counters_free(service.counters[1]);
	json_decref(request);
	return err == -ECANCELED ? 0 : err;
}
