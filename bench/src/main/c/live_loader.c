/*
 * The least program that loads a list of addresses into a map: live_loader FILE PIN.
 * FILE has one IPv4 address per line. It creates a hash map like that of a live set, with the
 * address as IPv4-mapped IPv6 address for key and the time for value, fills it by one call, and
 * pins it.
 */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct address {
    uint8_t bytes[16];
};

static int bpf(int command, union bpf_attr *attr, const char *what)
{
    int result = syscall(SYS_bpf, command, attr, sizeof(*attr));

    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

int main(int count, char **words)
{
    size_t room = 1 << 17, given = 0;
    struct address *keys = calloc(room, sizeof(*keys));
    uint64_t *values = calloc(room, sizeof(*values)), now = time(NULL);
    union bpf_attr attr;
    char line[64];
    FILE *file;
    int map;

    if (count != 3 || !(file = fopen(words[1], "r"))) {
        fprintf(stderr, "usage: live_loader FILE PIN\n");
        return 2;
    }
    while (fgets(line, sizeof(line), file)) {
        struct address *key = &keys[given];

        line[strcspn(line, "\n")] = '\0';
        memset(&key->bytes[10], 0xff, 2);
        if (given == room || inet_pton(AF_INET, line, &key->bytes[12]) != 1) {
            fprintf(stderr, "%s: line %zu\n", words[1], given + 1);
            return 1;
        }
        values[given++] = now;
    }
    fclose(file);

    memset(&attr, 0, sizeof(attr));
    attr.map_type = BPF_MAP_TYPE_HASH;
    attr.key_size = sizeof(*keys);
    attr.value_size = sizeof(*values);
    attr.max_entries = given;
    attr.map_flags = BPF_F_NO_PREALLOC;
    map = bpf(BPF_MAP_CREATE, &attr, "map");

    memset(&attr, 0, sizeof(attr));
    attr.batch.keys = (uintptr_t)keys;
    attr.batch.values = (uintptr_t)values;
    attr.batch.count = given;
    attr.batch.map_fd = map;
    bpf(BPF_MAP_UPDATE_BATCH, &attr, "fill");

    memset(&attr, 0, sizeof(attr));
    attr.pathname = (uintptr_t)words[2];
    attr.bpf_fd = map;
    bpf(BPF_OBJ_PIN, &attr, "pin");
    return 0;
}
