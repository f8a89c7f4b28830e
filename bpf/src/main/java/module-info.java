/** The object model that the compiler and the loader share. It has no supported interface. */
module org.ringwall.bpf {
    requires static org.jspecify;
    requires tools.jackson.core;

    exports org.ringwall.bpf.asm to
            org.ringwall.compiler,
            org.ringwall.loader,
            org.ringwall.machine;
    exports org.ringwall.bpf.btf to
            org.ringwall.compiler,
            org.ringwall.loader,
            org.ringwall.machine;
    exports org.ringwall.bpf.flow to
            org.ringwall.compiler;
    exports org.ringwall.bpf.insn to
            org.ringwall.bundle,
            org.ringwall.compiler,
            org.ringwall.loader,
            org.ringwall.machine;
    exports org.ringwall.bpf.json to
            org.ringwall.bundle,
            org.ringwall.compiler,
            org.ringwall.host,
            org.ringwall.registry;
    exports org.ringwall.bpf.kernel to
            org.ringwall.bundle,
            org.ringwall.compiler,
            org.ringwall.host,
            org.ringwall.loader,
            org.ringwall.machine,
            org.ringwall.sys;
    exports org.ringwall.bpf.object to
            org.ringwall.bundle,
            org.ringwall.compiler,
            org.ringwall.host,
            org.ringwall.loader,
            org.ringwall.machine;
    exports org.ringwall.bpf.state to
            org.ringwall.compiler,
            org.ringwall.host,
            org.ringwall.loader,
            org.ringwall.machine;
    exports org.ringwall.bpf.text to
            org.ringwall.compiler,
            org.ringwall.host,
            org.ringwall.loader;
    exports org.ringwall.bpf.verifier to
            org.ringwall.compiler;
}
