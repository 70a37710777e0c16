/*
 * pprof: the stacks of profiles as a gzipped protocol buffer, with three values for each: processor, runnable and
 * blocked nanoseconds of a walk. The label `cell` says which cell a sample is of.
 *
 * How it works: the few messages are encoded here; a library of protocol buffers would be larger than they are.
 *
 * Source: https://github.com/google/pprof/blob/main/proto/profile.proto
 */
#include "format.h"
#include "support/stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Numbers of the fields in profile.proto. */
enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING_TABLE = 6,
	PROFILE_PERIOD_TYPE = 11,
	VALUE_TYPE_TYPE = 1,
	VALUE_TYPE_UNIT = 2,
	SAMPLE_LOCATION_ID = 1,
	SAMPLE_VALUE = 2,
	SAMPLE_LABEL = 3,
	LABEL_KEY = 1,
	LABEL_STR = 2,
	LOCATION_ID = 1,
	LOCATION_LINE = 4,
	LINE_FUNCTION_ID = 1,
	FUNCTION_ID = 1,
	FUNCTION_NAME = 2,
};

#define WIRE_VARINT 0
#define WIRE_BYTES  2

/* A message as it grows. */
struct message_bytes {
	char *bytes;
	size_t len;
	FILE *out;
};

static int begin_message(struct message_bytes *message)
{
	*message = (struct message_bytes){0};
	message->out = open_memstream(&message->bytes, &message->len);
	return message->out ? 0 : -ENOMEM;
}

static void put_varint(FILE *out, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		fputc((int)(value & 0x7f) | 0x80, out);
	fputc((int)value, out);
}

static void put_number(FILE *out, unsigned field, uint64_t value)
{
	put_varint(out, field << 3 | WIRE_VARINT);
	put_varint(out, value);
}

static void put_bytes(FILE *out, unsigned field, const char *bytes, size_t len)
{
	put_varint(out, field << 3 | WIRE_BYTES);
	put_varint(out, len);
	fwrite(bytes, 1, len, out);
}

/* Ends a message and writes it as a field of another. */
static int put_message(FILE *out, unsigned field, struct message_bytes *message)
{
	int err = fclose(message->out) ? -ENOMEM : 0;

	if (!err)
		put_bytes(out, field, message->bytes, message->len);
	free(message->bytes);
	return err;
}

struct writer {
	FILE *out;
	json_t *strings;   /* text → index in the table; index 0 is the empty text */
	json_t *table;     /* array of the texts */
	json_t *functions; /* name → id, from 1; a location has the id of its function */
	int err;
};

static uint64_t index_of(struct writer *writer, const char *text)
{
	json_t *index = json_object_get(writer->strings, text);

	if (!index) {
		index = json_integer((json_int_t)json_array_size(writer->table));
		json_array_append_new(writer->table, json_string(text));
		json_object_set_new(writer->strings, text, index);
	}
	return (uint64_t)json_integer_value(index);
}

static uint64_t function_of(struct writer *writer, const char *name)
{
	json_t *id = json_object_get(writer->functions, name);

	if (!id) {
		id = json_integer((json_int_t)json_object_size(writer->functions) + 1);
		json_object_set_new(writer->functions, name, id);
	}
	return (uint64_t)json_integer_value(id);
}

static void put_type(struct writer *writer, unsigned field, const char *type)
{
	struct message_bytes message;

	if (writer->err || (writer->err = begin_message(&message)))
		return;
	put_number(message.out, VALUE_TYPE_TYPE, index_of(writer, type));
	put_number(message.out, VALUE_TYPE_UNIT, index_of(writer, "nanoseconds"));
	writer->err = put_message(writer->out, field, &message);
}

static void put_label(struct writer *writer, FILE *out, const char *key, const char *text)
{
	struct message_bytes label;

	if (writer->err || (writer->err = begin_message(&label)))
		return;
	put_number(label.out, LABEL_KEY, index_of(writer, key));
	put_number(label.out, LABEL_STR, index_of(writer, text));
	writer->err = put_message(out, SAMPLE_LABEL, &label);
}

static void put_sample(void *context, const struct exported_stack *stack)
{
	struct writer *writer = context;
	struct message_bytes sample;

	if (writer->err || (writer->err = begin_message(&sample)))
		return;
	for (size_t i = stack->frames_count; i-- > 0;)
		put_number(sample.out, SAMPLE_LOCATION_ID, function_of(writer, stack->frames[i]));
	for (size_t i = 0; i < EXPORTED_TIMES_COUNT; i++)
		put_number(sample.out, SAMPLE_VALUE, (uint64_t)(stack->ns[i] + 0.5));
	put_label(writer, sample.out, "cell", stack->cell);
	int err = put_message(writer->out, PROFILE_SAMPLE, &sample);
	writer->err = writer->err ? writer->err : err;
}

/* A function, and the location that is all of it. */
static void put_function(struct writer *writer, const char *name, uint64_t id)
{
	struct message_bytes message, line;

	if (writer->err || (writer->err = begin_message(&message)))
		return;
	put_number(message.out, FUNCTION_ID, id);
	put_number(message.out, FUNCTION_NAME, index_of(writer, name));
	writer->err = put_message(writer->out, PROFILE_FUNCTION, &message);
	if (writer->err || (writer->err = begin_message(&message)))
		return;
	put_number(message.out, LOCATION_ID, id);
	writer->err = begin_message(&line);
	if (!writer->err) {
		put_number(line.out, LINE_FUNCTION_ID, id);
		writer->err = put_message(message.out, LOCATION_LINE, &line);
	}
	int err = put_message(writer->out, PROFILE_LOCATION, &message);
	writer->err = writer->err ? writer->err : err;
}

static int write_profile(const struct run *run, FILE *out)
{
	struct writer writer = {.out = out,
				.strings = json_object(),
				.table = json_array(),
				.functions = json_object()};
	const char *name;
	json_t *id, *text;
	size_t i;

	index_of(&writer, "");
	for (i = 0; i < EXPORTED_TIMES_COUNT; i++)
		put_type(&writer, PROFILE_SAMPLE_TYPE, exported_time_names[i]);
	int err = export_stacks(run, put_sample, &writer);
	put_type(&writer, PROFILE_PERIOD_TYPE, exported_time_names[EXPORTED_CPU]);
	json_object_foreach(writer.functions, name, id)
	{
		put_function(&writer, name, (uint64_t)json_integer_value(id));
	}
	json_array_foreach(writer.table, i, text)
	{
		put_bytes(out, PROFILE_STRING_TABLE, json_string_value(text),
			  json_string_length(text));
	}
	json_decref(writer.strings);
	json_decref(writer.table);
	json_decref(writer.functions);
	return err ? err : writer.err;
}

/* Compresses bytes[len] as one gzip member. */
static int write_gzip(const char *bytes, size_t len, FILE *out)
{
	z_stream stream = {0};
	unsigned char part[16384];
	int result;

	/* 15 bits of window, 16 more for a gzip header: zlib.h. */
	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	stream.next_in = (unsigned char *)bytes;
	stream.avail_in = (uInt)len;
	do {
		stream.next_out = part;
		stream.avail_out = sizeof(part);
		result = deflate(&stream, Z_FINISH);
		fwrite(part, 1, sizeof(part) - stream.avail_out, out);
	} while (result == Z_OK);
	deflateEnd(&stream);
	return result == Z_STREAM_END ? 0 : -EIO;
}

static int write_pprof(const struct run *run, FILE *out)
{
	struct message_bytes profile;
	int err = begin_message(&profile);

	if (err)
		return err;
	err = write_profile(run, profile.out);
	if (fclose(profile.out) && !err)
		err = -ENOMEM;
	if (!err)
		err = write_gzip(profile.bytes, profile.len, out);
	free(profile.bytes);
	return err;
}

const struct export_format export_pprof = {
	.name = "pprof",
	.summary = "stacks of profiles for `go tool pprof` and other readers of profile.proto, "
		   "gzipped:\n"
		   "processor, runnable and blocked nanoseconds a walk",
	.of_profiles = true,
	.write = write_pprof,
};
