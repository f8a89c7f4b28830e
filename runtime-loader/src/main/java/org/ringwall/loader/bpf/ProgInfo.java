package org.ringwall.loader.bpf;

import java.util.List;

/** What the kernel tells about a program: `struct bpf_prog_info`. */
public record ProgInfo(int type, int id, String tag, String name, List<Integer> mapIds) {
    public ProgInfo {
        mapIds = List.copyOf(mapIds);
    }
}
