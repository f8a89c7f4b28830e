package org.ringwall.bpf.btf;

/** The kinds of the encoding (BTF_KIND_ in uapi/linux/btf.h); the ordinal is the number. */
enum Kind {
    UNKN,
    INT,
    PTR,
    ARRAY,
    STRUCT,
    UNION,
    ENUM,
    FWD,
    TYPEDEF,
    VOLATILE,
    CONST,
    RESTRICT,
    FUNC,
    FUNC_PROTO,
    VAR,
    DATASEC,
    FLOAT,
    DECL_TAG,
    TYPE_TAG,
    ENUM64
}
