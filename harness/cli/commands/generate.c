/* iowalk generate: makes texts from the tables of commands and options. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../command.h"
#include "../../machine/environment.h"

/* ---- man pages ---- */

static void put_roff(const char *text)
{
	for (; *text; text++) {
		if (*text == '-' || *text == '\\')
			putchar('\\');
		putchar(*text);
		if (*text == '\\')
			putchar('e');
	}
}

static void put_man_option(const struct option_info *option)
{
	fputs(".TP\n\\fB\\-\\-", stdout);
	put_roff(option->name);
	fputs("\\fR", stdout);
	if (option->argument) {
		fputs(" \\fI", stdout);
		put_roff(option->argument);
		fputs("\\fR", stdout);
	}
	putchar('\n');
	put_roff(option->help);
	if (option->fallback) {
		fputs(" (default: ", stdout);
		put_roff(option->fallback);
		putchar(')');
	}
	putchar('\n');
}

/* The section OPTIONS of iowalk(1). */
static void put_man(const struct command *const *commands)
{
	struct option_info option;

	for (size_t i = 0; i < command_table_count; i++) {
		if (!option_of_command(commands[i]->name, 0, &option))
			continue;
		printf(".SS %s\n", commands[i]->name);
		for (size_t k = 0; option_of_command(commands[i]->name, k, &option); k++)
			put_man_option(&option);
	}
}

/* Lines of a --help; a line that begins with a blank, and the one before it, keep their ends. */
static void put_man_text(const char *text)
{
	bool as_it_is = false;

	while (*text) {
		size_t len = strcspn(text, "\n");
		const char *next = text + len + (text[len] == '\n');
		bool keeps = *text == ' ' || *next == ' ';
		char line[512];

		if (keeps != as_it_is)
			puts(keeps ? ".nf" : ".fi");
		as_it_is = keeps;
		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		if (len == 0) {
			puts(".PP");
		} else {
			if (*text == '.' || *text == '\'')
				fputs("\\&", stdout);
			put_roff(line);
			putchar('\n');
		}
		text = next;
	}
	if (as_it_is)
		puts(".fi");
}

/* The page iowalk-COMMAND(1): what its --help prints. */
static void put_man_page(const struct command *command)
{
	struct option_info option;
	const char *group = NULL;

	printf(".\\\" Made by `iowalk generate man %s`.\n.TH IOWALK\\-", command->name);
	for (const char *c = command->name; *c; c++)
		putchar(toupper((unsigned char)*c));
	printf(" 1 \"\" \"iowalk %s\"\n.SH NAME\niowalk\\-%s \\- ", IOWALK_VERSION, command->name);
	put_roff(command->summary);
	puts("\n.SH SYNOPSIS\n.nf");
	for (const char *form = command->usage; *form;) {
		int len = (int)strcspn(form, "\n");
		char line[256];

		snprintf(line, sizeof(line), "iowalk %.*s", len, form);
		put_roff(line);
		putchar('\n');
		form += len + (form[len] == '\n');
	}
	puts(".fi");
	if (command->description) {
		puts(".SH DESCRIPTION");
		put_man_text(command->description);
	}
	puts(".SH OPTIONS");
	for (size_t i = 0; option_of_command(command->name, i, &option); i++) {
		if (option.group && (!group || strcmp(group, option.group) != 0))
			printf(".SS %s\n", option.group);
		group = option.group;
		put_man_option(&option);
	}
	put_man_option(&(struct option_info){.name = "help", .help = "print this help"});
	if (command->epilogue) {
		puts(".SH NOTES");
		put_man_text(command->epilogue);
	}
	puts(".SH SEE ALSO\n.BR iowalk (1)");
}

/* ---- completion ---- */

/* How the value of an option is completed. */
struct completion {
	const char *argument, *name; /* placeholder; option name, or NULL for all */
	const char *list;            /* word of `iowalk list`, or NULL */
	const char *words;           /* fixed words, or NULL: files */
};

static const struct completion completions[] = {
	{"W,..", "workload", "workloads", NULL},   {"G,..", "graph", "graphs", NULL},
	{"L,..", "layout", "layouts", NULL},       {"E,..", "engine", "engines", NULL},
	{"P,..", "profile", "profiles", NULL},     {"P,..", "passes", NULL, "time latency count"},
	{"FILE", "suite", "suites", NULL},         {"cold,warm", NULL, NULL, "cold warm"},
	{"WHEN", NULL, NULL, "auto always never"}, {"C", NULL, NULL, "auto none"},
};

static const struct completion *completion_of(const struct option_info *option)
{
	for (size_t i = 0; i < sizeof(completions) / sizeof(completions[0]); i++) {
		if (strcmp(completions[i].argument, option->argument) == 0 &&
		    (!completions[i].name || strcmp(completions[i].name, option->name) == 0))
			return &completions[i];
	}
	return NULL;
}

static bool takes_a_path(const char *argument)
{
	static const char *const paths[] = {"FILE", "DIR", "BINARY", "RUN", "F"};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (strcmp(argument, paths[i]) == 0)
			return true;
	}
	return false;
}

static void put_names(const struct command *const *commands)
{
	for (size_t i = 0; i < command_table_count; i++)
		printf("%s%s", i ? " " : "", commands[i]->name);
}

/* Cases of the shell: how to complete the word after --NAME in COMMAND. */
static void put_bash_values(const struct command *command)
{
	struct option_info option;

	for (size_t k = 0; option_of_command(command->name, k, &option); k++) {
		if (!option.argument)
			continue;
		const struct completion *completion = completion_of(&option);

		printf("\t%s:--%s) ", command->name, option.name);
		if (completion && completion->list)
			printf("_iowalk_words \"$(_iowalk_list %s)\"", completion->list);
		else if (completion)
			printf("_iowalk_words \"%s\"", completion->words);
		else if (takes_a_path(option.argument))
			printf("COMPREPLY=($(compgen -f -- \"$current\"))");
		else
			printf("COMPREPLY=()");
		puts(" && return ;;");
	}
}

static void put_bash(const struct command *const *commands)
{
	struct option_info option;

	puts("# Completion for bash, made by `iowalk generate bash`.\n"
	     "\n"
	     "_iowalk_list() { # WORD: names, without their summaries and options\n"
	     "\t\"${COMP_WORDS[0]}\" list \"$1\" 2>/dev/null | sed -n 's/^\\([^ ]\\{1,\\}\\) "
	     ".*/\\1/p'\n"
	     "}\n"
	     "\n"
	     "_iowalk_words() { # WORDS: the part after the last comma is completed\n"
	     "\tlocal before=\"\"\n"
	     "\t[[ $current != *,* ]] || before=${current%,*},\n"
	     "\tCOMPREPLY=($(compgen -P \"$before\" -W \"$1\" -- \"${current##*,}\"))\n"
	     "}\n"
	     "\n"
	     "_iowalk() {\n"
	     "\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
	     "\tlocal command=${COMP_WORDS[1]}\n"
	     "\tif [ \"$COMP_CWORD\" -eq 1 ]; then");
	printf("\t\tCOMPREPLY=($(compgen -W \"");
	put_names(commands);
	puts(" --help --version\" -- \"$current\"))\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\tcase $command:$previous in");
	for (size_t i = 0; i < command_table_count; i++)
		put_bash_values(commands[i]);
	puts("\tesac\n"
	     "\tif [[ $current != -* ]]; then\n"
	     "\t\tCOMPREPLY=($(compgen -f -- \"$current\"))\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\tcase $command in");
	for (size_t i = 0; i < command_table_count; i++) {
		printf("\t%s) COMPREPLY=($(compgen -W \"--help", commands[i]->name);
		for (size_t k = 0; option_of_command(commands[i]->name, k, &option); k++)
			printf(" --%s", option.name);
		puts("\" -- \"$current\")) ;;");
	}
	puts("\tesac\n"
	     "}\n"
	     "\n"
	     "complete -o filenames -F _iowalk iowalk");
}

/* A text within single quotes and, in zsh's specifications, within brackets. */
static void put_zsh_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\'", stdout);
		else if (strchr("[]:\\", *text))
			putchar('\\');
		putchar(*text);
	}
}

static void put_zsh_option(const struct option_info *option)
{
	/* --opt may be repeated. */
	printf("\t\t'%s--%s%s[", option->id == CLI_SELECTION + KEY_OPT ? "*" : "", option->name,
	       option->argument ? "=" : "");
	put_zsh_text(option->help);
	putchar(']');
	if (option->argument) {
		const struct completion *completion = completion_of(option);

		putchar(':');
		put_zsh_text(option->argument);
		if (completion && completion->list)
			printf(":{_sequence _iowalk_list %s}", completion->list);
		else if (completion)
			printf(":{_values -s , word %s}", completion->words);
		else if (takes_a_path(option->argument))
			printf(":_files");
		else
			printf(": ");
	}
	puts("' \\");
}

static void put_zsh(const struct command *const *commands)
{
	struct option_info option;

	puts("#compdef iowalk\n"
	     "# Completion for zsh, made by `iowalk generate zsh`.\n"
	     "\n"
	     "_iowalk_list() { # WORD: names of `iowalk list WORD`\n"
	     "\tlocal -a names=(${${(f)\"$(iowalk list $1 2>/dev/null | grep '^[^ ]')\"}%% *})\n"
	     "\tshift\n"
	     "\tcompadd \"$@\" -a names\n"
	     "}\n"
	     "\n"
	     "_iowalk() {\n"
	     "\tlocal -a commands=(");
	for (size_t i = 0; i < command_table_count; i++) {
		printf("\t\t'%s:", commands[i]->name);
		put_zsh_text(commands[i]->summary);
		puts("'");
	}
	puts("\t)\n"
	     "\tif (( CURRENT == 2 )); then\n"
	     "\t\t_describe command commands\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\tlocal command=$words[2]\n"
	     "\tshift words\n"
	     "\t(( CURRENT-- ))\n"
	     "\tcase $command in");
	for (size_t i = 0; i < command_table_count; i++) {
		printf("\t%s) _arguments \\\n", commands[i]->name);
		for (size_t k = 0; option_of_command(commands[i]->name, k, &option); k++)
			put_zsh_option(&option);
		puts("\t\t'--help[print help]' '*:file:_files' ;;");
	}
	puts("\tesac\n"
	     "}\n"
	     "\n"
	     "_iowalk \"$@\"");
}

static const struct {
	const char *name;
	void (*put)(const struct command *const *commands);
} kinds[] = {{"man", put_man}, {"bash", put_bash}, {"zsh", put_zsh}};

static int take(void *context, enum cli_option option, const char *value)
{
	(void)context, (void)option, (void)value;
	return STATUS_OK;
}

extern const struct command command_generate;

static int generate_main(int argc, char **argv)
{
	int words, status = command_parse(&command_generate, argc, argv, NULL, take, &words);

	if (status)
		return status - 1;
	const struct command **commands = commands_sorted();
	const char *kind = words < argc ? argv[words] : "";
	const char *page = words + 2 == argc && strcmp(kind, "man") == 0 ? argv[words + 1] : NULL;

	status = commands ? STATUS_USAGE : STATUS_FAILURE;
	for (size_t i = 0; commands && page && i < command_table_count; i++) {
		if (strcmp(commands[i]->name, page) == 0) {
			put_man_page(commands[i]);
			status = STATUS_OK;
		}
	}
	for (size_t i = 0; commands && words + 1 == argc && i < sizeof(kinds) / sizeof(kinds[0]);
	     i++) {
		if (strcmp(kinds[i].name, kind) == 0) {
			kinds[i].put(commands);
			status = STATUS_OK;
		}
	}
	free(commands);
	if (status != STATUS_USAGE)
		return status;
	if (page)
		message("generate man '%s': no such command", page);
	else
		message("generate '%s': valid: man, bash, zsh", kind);
	return usage_error("generate");
}

const struct command command_generate = {
	.name = "generate",
	.order = 1300,
	.summary = "print man pages, or completion for bash or zsh",
	.usage = "generate man [COMMAND]\ngenerate bash|zsh",
	.description =
		"Prints the section OPTIONS of the man page, the man page of a command, or a "
		"completion script, from the\n"
		"table of options. `make generated` rewrites the section and the scripts in the "
		"repository; the pages of\n"
		"commands are made by `make install`.",
	.main = generate_main,
};
