package org.ringwall.loader.bpf;

/** What the kernel tells about a map: `struct bpf_map_info`. */
public record MapInfo(int type, int id, int keySize, int valueSize, int maxEntries, int flags, String name) {}
