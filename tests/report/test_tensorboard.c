/* TensorBoard's event file, read by a decoder that shares nothing with what writes it; files by other
 * programs (../shared/logs) show that it reads what the field writes. */
#include "exported.h"

#include "thaw/base/file.h"

#include <dirent.h>
#include <math.h>

struct bytes {
	const uint8_t *at, *end;
};

static uint64_t little(const uint8_t *p, int n)
{
	uint64_t v = 0;
	while (n--)
		v = v << 8 | p[n];
	return v;
}

/* The division, bit by bit and not reflected: bits are turned round instead. */
static uint32_t checksum(const uint8_t *data, size_t len)
{
	uint32_t rest = 0xffffffff, out = 0;
	for (size_t i = 0; i < len; i++)
		for (int bit = 0; bit < 8; bit++) {
			uint32_t top = rest >> 31 ^ (data[i] >> bit & 1u);
			rest = rest << 1 ^ (top ? 0x1EDC6F41u : 0);
		}
	for (int bit = 0; bit < 32; bit++)
		out |= (~rest >> bit & 1u) << (31 - bit);
	return (uint32_t)((out >> 15 | (uint64_t)out << 17) + 0xa282ead8u);
}

/* The data of the next record; false at the end. */
static bool next_record(struct bytes *file, struct bytes *data)
{
	if (file->at == file->end)
		return false;
	assert_true(file->end - file->at >= 16);
	uint64_t len = little(file->at, 8);
	assert_int_equal(little(file->at + 8, 4), checksum(file->at, 8));
	assert_true(len <= (uint64_t)(file->end - file->at) - 16);
	*data = (struct bytes){file->at + 12, file->at + 12 + len};
	assert_int_equal(little(data->end, 4), checksum(data->at, len));
	file->at = data->end + 4;
	return true;
}

static uint64_t varint(struct bytes *m)
{
	uint64_t v = 0;
	for (int shift = 0;; shift += 7) {
		assert_true(m->at < m->end && shift < 70);
		v |= (uint64_t)(*m->at & 0x7f) << shift;
		if (!(*m->at++ & 0x80))
			return v;
	}
}

struct part {
	int number;
	uint64_t value;
	struct bytes sub;
};

static bool next_part(struct bytes *m, struct part *f)
{
	if (m->at == m->end)
		return false;
	uint64_t key = varint(m), len = 0;
	f->number = (int)(key >> 3);
	switch (key & 7) {
	case 0:
		f->value = varint(m);
		return true;
	case 2:
		len = varint(m);
		break;
	case 1:
	case 5:
		len = (key & 7) == 1 ? 8 : 4;
		break;
	default:
		fail_msg("wire type %d", (int)(key & 7));
	}
	assert_true(len <= (uint64_t)(m->end - m->at));
	f->sub = (struct bytes){m->at, m->at + len};
	f->value = (key & 7) == 2 ? 0 : little(m->at, (int)len);
	m->at += len;
	return true;
}

struct scalar {
	char tag[64], version[64];
	double wall;
	int64_t step;
	float value;
	bool has_value;
};

static void copy_text(char *to, size_t size, struct bytes from)
{
	size_t n =
	    (size_t)(from.end - from.at) < size - 1 ? (size_t)(from.end - from.at) : size - 1;
	memcpy(to, from.at, n);
	to[n] = '\0';
}

static void read_value(struct bytes value, struct scalar *s)
{
	for (struct part f; next_part(&value, &f);)
		if (f.number == 1) {
			copy_text(s->tag, sizeof(s->tag), f.sub);
		} else if (f.number == 2) {
			uint32_t bits = (uint32_t)f.value;
			memcpy(&s->value, &bits, sizeof(bits));
			s->has_value = true;
		}
}

static struct scalar read_event(struct bytes event)
{
	struct scalar s = {0};
	for (struct part f, v; next_part(&event, &f);)
		if (f.number == 1)
			memcpy(&s.wall, &f.value, sizeof(s.wall));
		else if (f.number == 2)
			s.step = (int64_t)f.value;
		else if (f.number == 3)
			copy_text(s.version, sizeof(s.version), f.sub);
		else if (f.number == 5)
			while (next_part(&f.sub, &v))
				if (v.number == 1)
					read_value(v.sub, &s);
	return s;
}

struct board { /* all scalars of a file */
	struct scalar *all;
	size_t n, cap;
};

static void read_board(struct board *b, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	struct bytes file = {bytes, bytes + len}, record;
	*b = (struct board){0};
	while (next_record(&file, &record)) {
		ALLOC_GROW(b->all, b->n + 1, b->cap);
		b->all[b->n++] = read_event(record);
	}
}

static void export_board(struct board *b, const struct exported *e)
{
	struct strbuf out = STRBUF_INIT;
	export_tensorboard(&out, &e->x);
	read_board(b, out.buf, out.len);
	strbuf_release(&out);
}

static const struct scalar *find(const struct board *b, const char *tag, int64_t step)
{
	for (size_t i = 0; i < b->n; i++)
		if (strcmp(b->all[i].tag, tag) == 0 && b->all[i].step == step)
			return &b->all[i];
	return NULL;
}

static void expect_scalar(const struct board *b, const char *tag, int64_t step, double value,
			  double wall)
{
	const struct scalar *s = find(b, tag, step);
	if (!s)
		fail_msg("no %s at %d", tag, (int)step);
	if (s->value != (float)value && !(isnan(s->value) && isnan(value)))
		fail_msg("%s at %d: %g for %g", tag, (int)step, (double)s->value, value);
	if (fabs(s->wall - wall) > 1e-6)
		fail_msg("%s at %d: time %.6f for %.6f", tag, (int)step, s->wall, wall);
}

static void test_scalars(void **state)
{
	(void)state;
	struct exported e;
	struct board b;
	exported_fold(&e, PETS STEPS);
	export_board(&b, &e);
	assert_string_equal(b.all[0].version, "brain.Event:2");
	assert_true(b.all[0].wall == 1700000000);
	expect_scalar(&b, "train/loss", 1, 0.7, 1700000000.5);
	expect_scalar(&b, "train/loss", 3, 0.3, 1700000001.5);
	expect_scalar(&b, "train/loss", 4, NAN, 1700000002);
	expect_scalar(&b, "learning_rate", 4, 0.001, 1700000002);
	expect_scalar(&b, "train/images_per_second", 2, 40, 1700000001);
	expect_scalar(&b, "train/epoch_loss", 2, 0.4, 1700000001.1);
	expect_scalar(&b, "train/accuracy", 4, 0.95, 1700000002.1);
	expect_scalar(&b, "validation/loss", 2, 0.3, 1700000001.1);
	expect_scalar(&b, "validation/accuracy", 2, 0.8, 1700000001.1);
	expect_scalar(&b, "recall/dog", 2, 0.75, 1700000001.1);
	expect_scalar(&b, "precision/cat", 2, 0.8, 1700000001.1);
	assert_null(find(&b, "validation/loss", 4)); /* not measured */
	assert_null(find(&b, "train/images_per_second", 3));
	for (size_t i = 2; i < b.n; i++) /* in the order of their steps, none but the first bare */
		assert_true(b.all[i].has_value && b.all[i].step >= b.all[i - 1].step);
	free(b.all);
	exported_release(&e);
}

/* A log of epochs alone: they stand at their numbers, and tell the rate. */
static void test_epochs_alone(void **state)
{
	(void)state;
	struct exported e;
	struct board b;
	exported_fold(&e, "{\"seq\":1,\"t\":5,\"ev\":\"epoch\",\"epoch\":7,\"lr\":0.5,\"train\":{"
			  "\"loss\":1.5}}\n");
	export_board(&b, &e);
	expect_scalar(&b, "train/epoch_loss", 7, 1.5, 0.005);
	expect_scalar(&b, "learning_rate", 7, 0.5, 0.005);
	free(b.all);
	exported_release(&e);
}

/* Everything that the history holds comes back, to the bit of a float. */
static void test_whole_run(void **state)
{
	(void)state;
	struct exported e;
	struct board b;
	char *log = exported_sample(sample_whole);
	exported_fold(&e, log);
	export_board(&b, &e);
	for (size_t i = 0, spell = 0; i < e.h.n_steps; i++) {
		struct history_step s = history_step_next(&e.h, i, &spell);
		double wall = times_wall_seconds(&e.t, times_step_ms(&e.t, s.iter).value);
		expect_scalar(&b, "train/loss", s.iter, s.loss.value, wall);
		expect_scalar(&b, "learning_rate", s.iter, s.lr.value, wall);
	}
	for (size_t i = 0; i < e.h.n_epochs; i++) {
		const struct history_epoch *ep = &e.h.epochs[i];
		const struct scalar *s = find(&b, "validation/accuracy", ep->iter);
		assert_true(s && s->value == (float)ep->valid.acc.value);
	}
	free(b.all);
	free(log);
	exported_release(&e);
}

static void test_decoder_reads_the_field(void **state)
{
	(void)state;
	static const char folder[] = "../shared/logs/tensorboard";
	DIR *dir = opendir(folder);
	int n = 0;
	if (!dir) {
		print_message("%s is not there: its files are not read\n", folder);
		skip();
	}
	for (struct dirent *d; (d = readdir(dir));) {
		struct strbuf text = STRBUF_INIT;
		struct board b;
		char *path = path_join(folder, d->d_name);
		bool whole = strstr(d->d_name, "dipesh") || strstr(d->d_name, "hcdescamps") ||
			     strstr(d->d_name, "janosh");
		if (whole && file_read(path, &text, NULL) == ERR_OK) {
			read_board(&b, text.buf, text.len);
			assert_true(b.n > 1 && strncmp(b.all[0].version, "brain.Event", 11) == 0);
			free(b.all);
			n++;
		}
		strbuf_release(&text);
		free(path);
	}
	closedir(dir);
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scalars),
	    cmocka_unit_test(test_epochs_alone),
	    cmocka_unit_test(test_whole_run),
	    cmocka_unit_test(test_decoder_reads_the_field),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
