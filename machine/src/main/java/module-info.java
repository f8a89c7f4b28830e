/** The BPF interpreter. It has no supported interface. */
module org.ringwall.machine {
    requires org.ringwall.bpf;
    requires static org.jspecify;

    exports org.ringwall.machine to
            org.ringwall.compiler,
            org.ringwall.host;
    exports org.ringwall.machine.map to
            org.ringwall.compiler,
            org.ringwall.host;
}
