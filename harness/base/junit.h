/* The elements of JUnit XML, shared by several writers. Values may contain any character.
 * Source: https://github.com/testmoapp/junitxml */
#ifndef IOWALK_BASE_JUNIT_H
#define IOWALK_BASE_JUNIT_H

#include <jansson.h>
#include <stdio.h>

struct junit_counts {
	size_t tests, failures, errors, skipped;
};

/* Writes the head of the file, <testsuites> and one <testsuite>. junit_end() closes both. */
void junit_begin(FILE *out, const char *name, const struct junit_counts *counts);
void junit_end(FILE *out);

/* Begins a <testcase>. time_ns is left out if it is NaN. junit_case_end() closes it. */
void junit_case_begin(FILE *out, const char *class_name, const char *name, double time_ns);
void junit_case_end(FILE *out);

/* <properties> of the suite or of a case, and its members. Numbers that are NaN or infinite are
 * left out. junit_object() writes each member of an object, and nothing for NULL. */
void junit_properties_begin(FILE *out);
void junit_properties_end(FILE *out);
void junit_property(FILE *out, const char *name, const char *value);
void junit_number(FILE *out, const char *name, double value);
void junit_object(FILE *out, json_t *object);

/* Writes <failure>, <error> or <skipped>, as named by `element`. type may be NULL. */
void junit_outcome(FILE *out, const char *element, const char *type, const char *message);

#endif
