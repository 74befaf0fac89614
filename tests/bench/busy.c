/* A training step while two other processes compute: what company takes from whom. */
#include "rig.h"
#include "torch.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS = 5, SIDES = 2, CHUNK = 1 << 20 }; /* a repetition is several steps */

static const struct workload tiny = {"tiny", "/usr/share/darknet/cfg/tiny.cfg", 16, 0, false};

static _Noreturn void multiply_and_add(void)
{
	for (volatile float kept = 0;;) {
		float v[8] = {kept, 1, 2, 3, 4, 5, 6, 7};
		for (int i = 0; i < CHUNK; i++)
			for (int k = 0; k < 8; k++)
				v[k] = v[k] * .75f + .5f;
		kept = v[0] + v[1] + v[2] + v[3] + v[4] + v[5] + v[6] + v[7];
	}
}

void be_busy(pid_t pids[BUSY])
{
	pid_t bench = getpid();
	for (int i = 0; i < BUSY; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			die("no process that computes beside");
		if (pids[i] > 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != bench)
			_exit(1);
		multiply_and_add();
	}
}

void rest(pid_t pids[BUSY])
{
	for (int i = 0; i < BUSY; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
}

static double several(double (*step)(void *rig), void *rig)
{
	double seconds = 0;
	for (int i = 0; i < STEPS; i++)
		seconds += step(rig);
	return seconds;
}

static double our_steps(void *rig)
{
	return several(rig_our_step, rig);
}

static double torch_steps(void *rig)
{
	return several(rig_torch_step, rig);
}

static const struct turn turns[SIDES] = {{"thaw", our_steps, false},
					 {"PyTorch", torch_steps, false}};

/* Shape: speed[n], in images a second */
static void measure(struct rig *r, int runs, int n, double *speed)
{
	take_turns(turns, n, runs, r, speed);
	for (int k = 0; k < n; k++)
		speed[k] = STEPS * r->batch / speed[k];
}

void bench_busy(struct bench *b)
{
	struct rig r;
	pid_t pids[BUSY];
	double idle[SIDES], busy[SIDES], kept[SIDES];
	rig_open(&r, b, &tiny, PEER_TORCH);
	int n = r.torch ? SIDES : 1;
	measure(&r, b->runs, n, idle);
	be_busy(pids);
	measure(&r, b->runs, n, busy);
	rest(pids);
	for (int k = 0; k < n; k++)
		kept[k] = busy[k] / idle[k];
	report_turns(&(struct figure){.name = "training step, tiny, batch 16: machine idle",
				      .unit = "images/s",
				      .runs = b->runs},
		     turns, idle, n);
	report_turns(&(struct figure){.name = "training step while two other processes compute",
				      .unit = "images/s",
				      .runs = b->runs},
		     turns, busy, n);
	report_turns(&(struct figure){.name = "  of the idle machine's speed, that keeps",
				      .unit = "share",
				      .runs = b->runs},
		     turns, kept, n);
	rig_close(&r);
}
