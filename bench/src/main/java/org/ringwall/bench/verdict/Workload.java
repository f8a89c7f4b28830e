package org.ringwall.bench.verdict;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.ringwall.bpf.kernel.Hook;

/** A policy that is measured, with the C programs that it is measured against. */
enum Workload {
    TWO_PORTS("two-ports", Hook.CONNECT4, true, 4096, List.of("same_meaning", "port_alone"), draw -> draw::port),
    TEN_PREFIXES("ten-prefixes", Hook.CONNECT4, false, 4096, List.of("same_meaning"), draw -> draw::address),
    DEVICE_LIST("device-list", Hook.DEVICE, true, 512, List.of("same_meaning"), draw -> draw::device);

    private final String title;
    private final Hook hook;
    private final boolean hitAllows;
    private final int keys;
    private final List<String> twins;
    private final Function<KeyDraw, Supplier<Key>> draw;

    Workload(
            String title,
            Hook hook,
            boolean hitAllows,
            int keys,
            List<String> twins,
            Function<KeyDraw, Supplier<Key>> draw) {
        this.title = title;
        this.hook = hook;
        this.hitAllows = hitAllows;
        this.keys = keys;
        this.twins = twins;
        this.draw = draw;
    }

    /** The name of its policy in `bench/policies`. */
    String title() {
        return title;
    }

    /** The one hook of its programs. */
    Hook hook() {
        return hook;
    }

    /** The functions of its C file. */
    List<String> twins() {
        return twins;
    }

    /** Its C file in `bench/src/main/c`. */
    String cFile() {
        return title.replace('-', '_') + ".bpf.c";
    }

    /** Keys that are on the policy's list, or that are not. */
    List<Key> keys(KeyDraw from, boolean hits) {
        return from.deciding(hits == hitAllows, keys, draw.apply(from));
    }
}
