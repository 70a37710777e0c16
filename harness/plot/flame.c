/*
 * How it works: the stacks become a tree of functions; children are sorted by their name, so that two profiles of
 * a cell look alike. Coordinates are in units of a picture 1200 wide; the script changes the boxes' x and width only.
 */
#include "flame.h"

#include "../base/text.h"
#include "../base/units.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH      1200
#define ROW_HEIGHT 17
#define TOP        44
#define CHAR_WIDTH 6.6    /* of the font at 11 units */
#define SHARE_MIN  0.0005 /* of the whole; narrower boxes are not drawn: they are half a unit wide */
#define DEPTH_MAX  256
#define SCHEDULE   "schedule_[k]" /* below it is the kernel's way off the processor */

struct node {
	const char *name;      /* borrowed from the profile */
	double ns, before_ns;  /* with what is above it */
	struct node *children; /* [count] owned */
	size_t count;
};

/* ---- the tree ---- */

static void release(struct node *node)
{
	for (size_t i = 0; i < node->count; i++) {
		release(&node->children[i]);
	}
	free(node->children);
}

/* Valid until another child is added. */
static struct node *child_of(struct node *node, const char *name)
{
	for (size_t i = 0; i < node->count; i++) {
		if (strcmp(node->children[i].name, name) == 0)
			return &node->children[i];
	}
	struct node *grown = realloc(node->children, (node->count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	node->children = grown;
	grown[node->count] = (struct node){.name = name};
	return &grown[node->count++];
}

static void add_time(struct node *node, double ns, bool is_before)
{
	*(is_before ? &node->before_ns : &node->ns) += ns;
}

/* Adds a stack with time `ns`, and the box `wait` on top of it if it is not NULL. */
static int add_stack(struct node *root, const json_t *frames, const json_t *stack, double ns,
		     const char *wait, bool is_before)
{
	struct node *node = root;
	json_t *index;
	size_t i;

	add_time(node, ns, is_before);
	json_array_foreach(json_object_get(stack, "frames"), i, index)
	{
		const char *name = json_string_value(
			json_array_get(frames, (size_t)json_integer_value(index)));

		if (!name || i == DEPTH_MAX || (wait && strcmp(name, SCHEDULE) == 0))
			break;
		if (!(node = child_of(node, name)))
			return -ENOMEM;
		add_time(node, ns, is_before);
	}
	if (!wait)
		return 0;
	if (!(node = child_of(node, wait)))
		return -ENOMEM;
	add_time(node, ns, is_before);
	return 0;
}

static int add_profile(struct node *root, const json_t *profile, enum flame_time time,
		       bool is_before)
{
	static const struct {
		const char *key, *wait;
	} kinds[] = {{"user_ns", NULL},          {"system_ns", NULL},
		     {"syscall_ns", NULL},       {"fault_ns", NULL},
		     {"interrupt_ns", NULL},     {"runnable_ns", "[waiting for a processor]"},
		     {"blocked_ns", "[blocked]"}};
	const json_t *frames = json_object_get(profile, "frames");
	json_t *stack;
	size_t i;
	int err = 0;

	json_array_foreach(json_object_get(profile, "stacks"), i, stack)
	{
		for (size_t k = 0; !err && k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			double ns = json_number_value(json_object_get(stack, kinds[k].key));

			if (ns > 0 && (!kinds[k].wait || time == FLAME_WALL))
				err = add_stack(root, frames, stack, ns, kinds[k].wait, is_before);
		}
	}
	return err;
}

static int by_name(const void *a, const void *b)
{
	const struct node *left = a, *right = b;

	return strcmp(left->name, right->name);
}

/* Sorts all children, and returns the rows that boxes of at least min_ns take. */
static unsigned sort(struct node *node, double min_ns)
{
	unsigned most = 0;

	if (node->count)
		qsort(node->children, node->count, sizeof(*node->children), by_name);
	for (size_t i = 0; i < node->count; i++) {
		if (node->children[i].ns < min_ns)
			continue;
		unsigned rows = sort(&node->children[i], min_ns);
		most = rows > most ? rows : most;
	}
	return most + 1;
}

/* ---- drawing ---- */

struct drawing {
	FILE *out;
	double whole_ns, before_whole_ns, min_ns;
	bool compares;
	unsigned rows;
};

/* The class of a box, which gives its colour. */
static const char *class_of(const char *name)
{
	size_t len = strlen(name);

	if (strcmp(name, "[blocked]") == 0)
		return "b";
	if (name[0] == '[' && name[1] == 'w')
		return "w";
	return len > 4 && strcmp(name + len - 4, "_[k]") == 0 ? "k" : "u";
}

/* A share of the whole that grew is red, one that shrank is blue; full colour from 10 points on. */
static void put_change(const struct drawing *drawing, const struct node *node)
{
	double now = node->ns / drawing->whole_ns;
	double before =
		drawing->before_whole_ns > 0 ? node->before_ns / drawing->before_whole_ns : 0;
	double strength = fmin(fabs(now - before) / 0.1, 1);
	int pale = (int)(235 - 150 * strength);

	if (now >= before)
		fprintf(drawing->out, " style=\"fill:rgb(235,%d,%d)\"", pale, pale);
	else
		fprintf(drawing->out, " style=\"fill:rgb(%d,%d,235)\"", pale, pale);
}

/* "slotted_neighbors, 12.3 ms, 45.6 %" */
static void put_title(const struct drawing *drawing, const struct node *node)
{
	char time[UNIT_TEXT_MAX];

	format_time_ns(time, sizeof(time), node->ns, true);
	fputs("<title>", drawing->out);
	put_xml(drawing->out, node->name);
	fprintf(drawing->out, ", %s a walk, %.1f %%", time, 100 * node->ns / drawing->whole_ns);
	if (drawing->compares) {
		format_time_ns(time, sizeof(time), node->before_ns, true);
		fprintf(drawing->out, "; before %s, %.1f %%", time,
			drawing->before_whole_ns > 0
				? 100 * node->before_ns / drawing->before_whole_ns
				: 0);
	}
	fputs("</title>", drawing->out);
}

static void put_box(struct drawing *drawing, const struct node *node, double x, unsigned row)
{
	double width = WIDTH * node->ns / drawing->whole_ns;
	unsigned y = TOP + (drawing->rows - 1 - row) * ROW_HEIGHT;
	size_t room = width > 3 * CHAR_WIDTH ? (size_t)((width - 6) / CHAR_WIDTH) : 0;
	size_t len = strlen(node->name);
	char shown[128];

	fprintf(drawing->out,
		"<g><rect class=\"%s\" x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\"",
		class_of(node->name), x, y, width, ROW_HEIGHT - 1);
	if (drawing->compares)
		put_change(drawing, node);
	fputs(">", drawing->out);
	put_title(drawing, node);
	fputs("</rect>", drawing->out);
	if (room > 0) {
		snprintf(shown, sizeof(shown), "%.*s%s", (int)(len <= room ? len : room - 1),
			 node->name, len <= room ? "" : "…");
		fprintf(drawing->out, "<text x=\"%.2f\" y=\"%u\">", x + 3, y + 12);
		put_xml(drawing->out, shown);
		fputs("</text>", drawing->out);
	}
	fputs("</g>\n", drawing->out);
}

static void draw(struct drawing *drawing, const struct node *node, double x, unsigned row)
{
	put_box(drawing, node, x, row);
	for (size_t i = 0; i < node->count; i++) {
		const struct node *child = &node->children[i];

		if (child->ns >= drawing->min_ns)
			draw(drawing, child, x, row + 1);
		x += WIDTH * child->ns / drawing->whole_ns;
	}
}

static const char style[] =
	"<style>svg{font:11px ui-monospace,monospace;--ink:#1a1d21;--paper:#fff}"
	"@media(prefers-color-scheme:dark){svg{--ink:#e4e7eb;--paper:#14171b}}"
	".page{fill:var(--paper)}.label{fill:var(--ink)}text{pointer-events:none}"
	"rect.u{fill:#f0b060}rect.k{fill:#8fb8de}rect.b{fill:#b9a3cf}rect.w{fill:#d9a3b8}"
	"g text{fill:#101418}g rect{cursor:pointer;stroke:var(--paper);stroke-width:.5}"
	"g rect:hover{stroke:var(--ink);stroke-width:1}.found{stroke:#c00000!important;"
	"stroke-width:2!important}.button{cursor:pointer;pointer-events:all;text-decoration:"
	"underline}"
	"</style>\n";

/* Zoom by a click, search by a prompt; both by the boxes' first coordinates. */
static const char script[] =
	"<script><![CDATA[(function(){"
	"var svg=document.currentScript.ownerSVGElement||document.documentElement,"
	"all=[].slice.call(svg.querySelectorAll('g')).map(function(g){"
	"var r=g.querySelector('rect'),t=g.querySelector('text');"
	"return{r:r,t:t,g:g,x:+r.getAttribute('x'),y:+r.getAttribute('y'),w:+r.getAttribute('width'"
	"),"
	"n:r.querySelector('title').textContent.split(', ')[0]}});"
	"function show(b){var s=1200/b.w;all.forEach(function(c){"
	"var up=c.y>b.y,x=(c.x-b.x)*s,w=c.w*s,on=c.x<b.x+b.w-1e-6&&c.x+c.w>b.x+1e-6;"
	"if(up&&on){x=0;w=1200}c.g.style.display=on?'':'none';if(!on)return;"
	"c.r.setAttribute('x',x);c.r.setAttribute('width',w);"
	"var k=Math.floor((w-6)/6.6);if(!c.t){if(k<3)return;"
	"c.t=document.createElementNS('http://www.w3.org/2000/svg','text');"
	"c.t.setAttribute('y',c.y+12);c.g.appendChild(c.t)}"
	"c.t.setAttribute('x',x+3);c.t.textContent=k<3?'':c.n.length<=k?c.n:c.n.slice(0,k-1)+'"
	"\\u2026'})}"
	"all.forEach(function(b){b.r.addEventListener('click',function(){show(b)})});"
	"var "
	"root=all[0];svg.querySelector('.all').addEventListener('click',function(){show(root)});"
	"svg.querySelector('.search').addEventListener('click',function(){"
	"var q=prompt('Functions (regular expression)','');if(q===null)return;var e;"
	"try{e=new RegExp(q)}catch(_){return}var spans=[];"
	"all.forEach(function(b){var hit=q!==''&&e.test(b.n);b.r.classList.toggle('found',hit);"
	"if(hit)spans.push([b.x,b.x+b.w])});"
	"spans.sort(function(a,b){return a[0]-b[0]});var end=0,sum=0;"
	"spans.forEach(function(p){sum+=Math.max(0,p[1]-Math.max(end,p[0]));end=Math.max(end,p[1])}"
	");"
	"svg.querySelector('.hits').textContent=q===''?'':(sum/12).toFixed(1)+' % with '+q});"
	"})()]]></script>\n";

static void put_head(const struct drawing *drawing, const struct flame *flame)
{
	unsigned height = TOP + drawing->rows * ROW_HEIGHT + 8;
	FILE *out = drawing->out;

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %u\" width=\"%d\" "
		"height=\"%u\" role=\"img\">\n<title>",
		WIDTH, height, WIDTH, height);
	put_xml(out, flame->title);
	fputs("</title>\n", out);
	fputs(style, out);
	fprintf(out, "<rect class=\"page\" width=\"%d\" height=\"%u\"/>\n", WIDTH, height);
	fputs("<text class=\"label\" x=\"3\" y=\"14\">", out);
	put_xml(out, flame->title);
	fputs("</text>\n<text class=\"label\" x=\"3\" y=\"32\">", out);
	fputs(drawing->compares
		      ? "red: a larger share than before, blue: a smaller one"
		      : "orange: user code, blue: kernel, purple: blocked, pink: waiting for a "
			"processor",
	      out);
	fputs("</text>\n<text class=\"label button all\" x=\"1197\" y=\"14\" text-anchor=\"end\">"
	      "show all</text>\n<text class=\"label button search\" x=\"1130\" y=\"14\" "
	      "text-anchor=\"end\">search</text>\n<text class=\"label hits\" x=\"1197\" y=\"32\" "
	      "text-anchor=\"end\"></text>\n",
	      out);
}

int flame_write(const struct flame *flame, FILE *out)
{
	struct node root = {.name = "all"};
	int err = add_profile(&root, flame->profile, flame->time, false);

	if (!err && flame->before)
		err = add_profile(&root, flame->before, flame->time, true);
	if (!err) {
		struct drawing drawing = {.out = out,
					  .whole_ns = fmax(root.ns, 1e-9),
					  .before_whole_ns = root.before_ns,
					  .min_ns = SHARE_MIN * root.ns,
					  .compares = flame->before != NULL};

		drawing.rows = sort(&root, drawing.min_ns);
		put_head(&drawing, flame);
		draw(&drawing, &root, 0, 0);
		fputs(script, out);
		fputs("</svg>\n", out);
	}
	release(&root);
	return err;
}
