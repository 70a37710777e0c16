/* The parts of JUnit XML that more than one writer puts out. Values may hold anything.
 * Source: https://github.com/testmoapp/junitxml */
#ifndef IOWALK_BASE_JUNIT_H
#define IOWALK_BASE_JUNIT_H

#include <jansson.h>
#include <stdio.h>

struct junit_counts {
	size_t tests, failures, errors, skipped;
};

/* The head of the file, <testsuites> and one <testsuite> in it; junit_end() closes both. */
void junit_begin(FILE *out, const char *name, const struct junit_counts *counts);
void junit_end(FILE *out);

/* <testcase …>; time_ns is left out where it is no number. junit_case_end() closes it. */
void junit_case_begin(FILE *out, const char *class_name, const char *name, double time_ns);
void junit_case_end(FILE *out);

/* <properties>, of the suite or of a case, and what stands in them. Numbers that are none are left
 * out; junit_object() writes each member of an object (or nothing for NULL). */
void junit_properties_begin(FILE *out);
void junit_properties_end(FILE *out);
void junit_property(FILE *out, const char *name, const char *value);
void junit_number(FILE *out, const char *name, double value);
void junit_object(FILE *out, json_t *object);

/* <failure>, <error> or <skipped> (`element`); type may be NULL. */
void junit_outcome(FILE *out, const char *element, const char *type, const char *message);

#endif
