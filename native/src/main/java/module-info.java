/** Linux system calls and native memory. It has no supported interface. */
module org.ringwall.sys {
    requires org.ringwall.bpf;
    requires jdk.unsupported;
    requires org.jnrproject.ffi;
    requires org.jnrproject.jffi;
    requires static org.jspecify;

    exports org.ringwall.sys to
            org.ringwall.host,
            org.ringwall.loader;
}
