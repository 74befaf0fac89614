/* Tables that frameworks write: a row of rules each. */
#include "csv.h"

static const struct csv_rules lightning = {
    .framework = "PyTorch Lightning CSVLogger",
    .needs = {"epoch", "step"},
    .axis = AXIS_STEP,
    .step = "step",
    .epoch = "epoch",
};

static const struct csv_rules timm = {
    .framework = "timm",
    .needs = {"epoch", "train_loss", "eval_loss"},
    .begins = {"eval_top"},
    .axis = AXIS_EPOCH,
    .epochs = EPOCHS_FROM_0,
    .epoch = "epoch",
    .percent = true,
};

static const struct csv_rules ultralytics = {
    .framework = "Ultralytics",
    .needs = {"epoch"},
    .begins = {"train/", "metrics/", "val/"},
    .axis = AXIS_EPOCH,
    .epoch = "epoch",
    .time = "time",
    .time_is = TIME_SINCE,
    .share = true,
    .sum_losses = true,
};

static const struct csv_rules fastai = {
    .framework = "fastai CSVLogger",
    .needs = {"epoch", "train_loss", "valid_loss"},
    .axis = AXIS_EPOCH,
    .epochs = EPOCHS_FROM_0,
    .bare = SPLIT_VALID,
    .epoch = "epoch",
    .time = "time",
    .time_is = TIME_EPOCH,
};

static const struct csv_rules keras = {
    .framework = "Keras CSVLogger",
    .axis = AXIS_EPOCH,
    .epochs = EPOCHS_INDEX,
    .bare = SPLIT_TRAIN,
    .epoch = "epoch",
};

/* Any other: --columns says what is what, else the columns' names do. */
static const struct csv_rules other = {
    .framework = "an unnamed program",
    .axis = AXIS_STEP,
    .time_is = TIME_SINCE,
};

static bool is_lightning(const struct import_head *h)
{
	return csv_has(h, &lightning);
}

static bool is_timm(const struct import_head *h)
{
	return csv_has(h, &timm);
}

static bool is_ultralytics(const struct import_head *h)
{
	return csv_has(h, &ultralytics);
}

static bool is_fastai(const struct import_head *h)
{
	return csv_has(h, &fastai);
}

/* Its columns are the names of the model's metrics, val_ before those of the validation; the epoch is
 * first, or the index that pandas writes, or not there. */
static bool is_keras(const struct import_head *h)
{
	bool figure = csv_has_column(h, "loss") || csv_has_column(h, "acc") ||
		      csv_has_column(h, "accuracy");
	return figure && (csv_has_column(h, "epoch") || csv_has_column(h, "") ||
			  csv_has_column(h, "val_loss"));
}

#define CSV_ROW(NAME, WHAT, SNIFF, RULES)                                                          \
	.format = {NAME, WHAT}, .sniff = SNIFF, .open = csv_open, .read = csv_read,                \
	.close = csv_close, .rules = RULES

const struct importer import_lightning = {
    CSV_ROW("lightning", "PyTorch Lightning's metrics.csv, or its version_N folder", is_lightning,
	    &lightning),
    .inside = {"metrics.csv"},
};
const struct importer import_timm = {
    CSV_ROW("timm", "timm's summary.csv", is_timm, &timm),
    .inside = {"summary.csv"},
};
const struct importer import_ultralytics = {
    CSV_ROW("ultralytics", "results.csv of YOLOv5 and Ultralytics, or its run's folder",
	    is_ultralytics, &ultralytics),
    .inside = {"results.csv"},
};
const struct importer import_fastai = {
    CSV_ROW("fastai", "fastai's history.csv", is_fastai, &fastai),
    .inside = {"history.csv"},
};
const struct importer import_keras_csv = {
    CSV_ROW("keras-csv", "a table by Keras' CSVLogger, or of its history", is_keras, &keras),
};
const struct importer import_csv = {
    CSV_ROW("csv", "any table with a column for epoch or step (--columns says what others are)",
	    csv_is_training, &other),
};
