/* What the files of a run directory are called. They are opened by folder.h alone. */
#ifndef THAW_BASE_RUN_FILES_H
#define THAW_BASE_RUN_FILES_H

#define RUN_EXPERIMENT "experiment.yaml" /* with every default */
#define RUN_CFG "model.cfg"
#define RUN_LABELS "labels.txt"
#define RUN_NAMES_DATA "names.data"
#define RUN_LOG "events.jsonl"
#define RUN_TRAINER_LOG "trainer.log" /* what Darknet printed */
#define RUN_BEST "best.weights"
#define RUN_BEST_STATE "best.state" /* what going on from best.weights needs */
#define RUN_LAST "last.weights"
#define RUN_STATE "last.state"
#define RUN_PREVIOUS "previous.weights" /* the last before the last */
#define RUN_PREVIOUS_STATE "previous.state"
#define RUN_NEXT "next.weights" /* a checkpoint that is not published yet */
#define RUN_NEXT_STATE "next.state"
#define RUN_CHECKPOINTS "checkpoints" /* a folder: those that are kept */
#define RUN_AGAIN "again.jsonl" /* of a rerun: what is trained again (train/again.h) */
#define RUN_SOCKET "control.sock"
#define RUN_LOCK "lock"

#endif
