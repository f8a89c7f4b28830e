package org.ringwall.compiler.policy;

import java.util.Arrays;
import java.util.Optional;

/** What a guard can ask about a request (docs/semantics.md section 1). */
public enum Field {
    REMOTE_IP("remote.ip", FieldType.ADDRESS),
    REMOTE_PORT("remote.port", FieldType.PORT),
    LOCAL_IP("local.ip", FieldType.ADDRESS),
    LOCAL_PORT("local.port", FieldType.PORT),
    PROTO("proto", FieldType.PROTOCOL),
    TYPE("type", FieldType.SOCKET_TYPE),
    FAMILY("family", FieldType.FAMILY),
    UID("uid", FieldType.ID),
    GID("gid", FieldType.ID),
    MARK("mark", FieldType.INT),
    PRIORITY("priority", FieldType.INT),
    BOUND_IF("bound_if", FieldType.INT),
    DEV("dev", FieldType.DEVICE),
    DEV_TYPE("dev.type", FieldType.DEVICE_TYPE),
    DEV_MAJOR("dev.major", FieldType.INT),
    DEV_MINOR("dev.minor", FieldType.INT),
    READ("read", FieldType.BOOL),
    WRITE("write", FieldType.BOOL),
    MKNOD("mknod", FieldType.BOOL),
    NAME("name", FieldType.STRING),
    ICMP_TYPE("icmp.type", FieldType.BYTE),
    ICMP_CODE("icmp.code", FieldType.BYTE),
    TCP_SYN("tcp.syn", FieldType.BOOL),
    TCP_ACK("tcp.ack", FieldType.BOOL),
    TCP_FIN("tcp.fin", FieldType.BOOL),
    TCP_RST("tcp.rst", FieldType.BOOL),
    FRAGMENT("fragment", FieldType.BOOL),
    MALFORMED("malformed", FieldType.BOOL),
    LEN("len", FieldType.INT),
    PKT_TYPE("pkt_type", FieldType.PACKET_TYPE),
    IFINDEX("ifindex", FieldType.INT),
    INGRESS_IFINDEX("ingress_ifindex", FieldType.INT);

    private final String text;
    private final FieldType type;

    Field(String text, FieldType type) {
        this.text = text;
        this.type = type;
    }

    /** The field as policies write it. */
    public String text() {
        return text;
    }

    /** What it may be compared with. */
    public FieldType type() {
        return type;
    }

    /** The field that is written so. */
    public static Optional<Field> named(String text) {
        return Arrays.stream(values()).filter(field -> field.text.equals(text)).findFirst();
    }
}
