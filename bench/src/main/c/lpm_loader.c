/*
 * The least loader that puts a list of IPv4 prefixes in force by the kernel's trie: lpm_loader KEYS CGROUP PIN.
 * KEYS holds a struct bpf_lpm_trie_key for each prefix, one behind the other. It fills the map by one call, loads seven
 * instructions at connect4, attaches them by a link and pins it.
 */
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { KEY = 8 };

static int bpf(int command, union bpf_attr *attr, const char *what)
{
    int result = syscall(SYS_bpf, command, attr, sizeof(*attr));

    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

static char *slurp(const char *path, size_t *size)
{
    struct stat stat;
    int fd = open(path, O_RDONLY);
    char *bytes;

    if (fd < 0 || fstat(fd, &stat) < 0 || !(bytes = malloc(stat.st_size + 1)) ||
        read(fd, bytes, stat.st_size) != stat.st_size) {
        perror(path);
        exit(1);
    }
    close(fd);
    *size = stat.st_size;
    return bytes;
}

int main(int count, char **words)
{
    size_t size;
    char *keys;
    union bpf_attr attr;
    int map, program, link, cgroup;

    if (count != 4) {
        fprintf(stderr, "usage: lpm_loader KEYS CGROUP PIN\n");
        return 2;
    }
    keys = slurp(words[1], &size);

    memset(&attr, 0, sizeof(attr));
    attr.map_type = BPF_MAP_TYPE_LPM_TRIE;
    attr.key_size = KEY;
    attr.value_size = 4;
    attr.max_entries = size / KEY;
    attr.map_flags = BPF_F_NO_PREALLOC;
    map = bpf(BPF_MAP_CREATE, &attr, "map");

    memset(&attr, 0, sizeof(attr));
    attr.batch.keys = (uintptr_t)keys;
    attr.batch.values = (uintptr_t)calloc(size / KEY, 4);
    attr.batch.count = size / KEY;
    attr.batch.map_fd = map;
    bpf(BPF_MAP_UPDATE_BATCH, &attr, "fill");

    struct bpf_insn insns[] = {
        {BPF_LDX | BPF_MEM | BPF_W, 2, 1, 4, 0},         /* r2 = ctx->user_ip4 */
        {BPF_STX | BPF_MEM | BPF_W, 10, 2, -4, 0},       /* key.ip = r2 */
        {BPF_ST | BPF_MEM | BPF_W, 10, 0, -8, 32},       /* key.length = 32 */
        {BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0},      /* r2 = &key */
        {BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -8},
        {BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map},
        {0, 0, 0, 0, 0},
        {BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem},
        {BPF_ALU64 | BPF_MOV | BPF_X, 1, 0, 0, 0},       /* r1 = found */
        {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
        {BPF_JMP | BPF_JNE | BPF_K, 1, 0, 1, 0},
        {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    };
    memset(&attr, 0, sizeof(attr));
    attr.prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR;
    attr.expected_attach_type = BPF_CGROUP_INET4_CONNECT;
    attr.insns = (uintptr_t)insns;
    attr.insn_cnt = sizeof(insns) / sizeof(insns[0]);
    attr.license = (uintptr_t) "GPL";
    program = bpf(BPF_PROG_LOAD, &attr, "program");

    cgroup = open(words[2], O_RDONLY | O_DIRECTORY);
    memset(&attr, 0, sizeof(attr));
    attr.link_create.prog_fd = program;
    attr.link_create.target_fd = cgroup;
    attr.link_create.attach_type = BPF_CGROUP_INET4_CONNECT;
    link = bpf(BPF_LINK_CREATE, &attr, "link");

    memset(&attr, 0, sizeof(attr));
    attr.pathname = (uintptr_t)words[3];
    attr.bpf_fd = link;
    bpf(BPF_OBJ_PIN, &attr, "pin");
    return 0;
}
