/**
 * The object model that the compiler and the loader share. It has no supported interface but the
 * hooks of {@link org.ringwall.bpf.kernel.Hook}, which the loader's interface names.
 */
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
    exports org.ringwall.bpf.kernel;
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
