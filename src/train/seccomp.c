#include "seccomp.h"

#ifdef __x86_64__

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define X32 0x40000000 /* in the number of a call of that ABI */

static const struct refused {
	int call, error;
} refused[] = {
    {SYS_socket, EACCES},
    {SYS_io_uring_setup, EPERM}, /* it does what this filter does not see */
    {SYS_execve, EPERM},
    {SYS_execveat, EPERM},
#ifndef SANITIZED /* the search for leaks stops its own threads so */
    {SYS_ptrace, EPERM},
#endif
    {SYS_process_vm_readv, EPERM},
    {SYS_process_vm_writev, EPERM},
    {SYS_pidfd_getfd, EPERM},
    {SYS_pidfd_send_signal, EPERM},
    {SYS_tkill, EPERM}, /* to any thread there is; tgkill says of which process */
    {SYS_bpf, EPERM},
    {SYS_perf_event_open, EPERM},
    {SYS_userfaultfd, EPERM},
    {SYS_add_key, EPERM},
    {SYS_request_key, EPERM},
    {SYS_keyctl, EPERM},
    {SYS_unshare, EPERM},
    {SYS_setns, EPERM},
    {SYS_mount, EPERM},
    {SYS_umount2, EPERM},
    {SYS_pivot_root, EPERM},
    {SYS_chroot, EPERM},
    {SYS_init_module, EPERM},
    {SYS_finit_module, EPERM},
    {SYS_delete_module, EPERM},
    {SYS_kexec_load, EPERM},
    {SYS_reboot, EPERM},
};
#define N_REFUSED (sizeof(refused) / sizeof(*refused))

/* Calls whose first argument is a process: this one alone. */
static const int of_itself[] = {SYS_kill, SYS_tgkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo};
#define N_OF_ITSELF (sizeof(of_itself) / sizeof(*of_itself))

struct program {
	struct sock_filter code[16 + 2 * N_REFUSED + 4 * N_OF_ITSELF];
	unsigned short n;
};

static void put(struct program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	p->code[p->n++] = (struct sock_filter){.code = code, .jt = yes, .jf = no, .k = k};
}

static void load(struct program *p, size_t offset)
{
	put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* What follows in one instruction, if what was loaded is `k`; or the one behind it. */
static void if_equal(struct program *p, uint32_t k)
{
	put(p, BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1);
}

static void refuse(struct program *p, int error)
{
	put(p, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ((uint32_t)error & SECCOMP_RET_DATA), 0, 0);
}

static void allow(struct program *p)
{
	put(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static void write_program(struct program *p)
{
	load(p, offsetof(struct seccomp_data, arch));
	put(p, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	refuse(p, EPERM);
	load(p, offsetof(struct seccomp_data, nr));
	put(p, BPF_JMP | BPF_JGE | BPF_K, X32, 0, 1);
	refuse(p, EPERM);
	for (size_t i = 0; i < N_REFUSED; i++) {
		if_equal(p, (uint32_t)refused[i].call);
		refuse(p, refused[i].error);
	}
	for (size_t i = 0; i < N_OF_ITSELF;
	     i++) /* [skip the next] or [to the look at its argument] */
		put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)of_itself[i],
		    (uint8_t)(N_OF_ITSELF - i), 0);
	allow(p);
	load(p, offsetof(struct seccomp_data, args)); /* its lower half: this is little-endian */
	put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0);
	refuse(p, EPERM);
	allow(p);
}

bool seccomp_there(void)
{
	uint32_t action = SECCOMP_RET_ERRNO;
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool seccomp_enter(void)
{
	struct program p = {.n = 0};
	write_program(&p);
	struct sock_fprog prog = {.len = p.n, .filter = p.code};
	/* Without SPEC_ALLOW older kernels would slow every thread down. */
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		       SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW, &prog) == 0;
}

#else

bool seccomp_there(void)
{
	return false;
}

bool seccomp_enter(void)
{
	return false;
}

#endif
