// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

import java.util.Optional;

/**
 * A visitor that returns the size of a type that is neither an array nor a modifier;
 * {@link Btf#sizeOf} handles those.
 */
final class Sizes implements BtfType.Visitor<Optional<Long>> {
    /** The size of a pointer; BPF is a 64-bit machine. */
    private static final long POINTER = 8;

    @Override
    public Optional<Long> integer(BtfType.Int type) {
        return Optional.of((long) type.size());
    }

    @Override
    public Optional<Long> reference(BtfType.Reference type) {
        return type.ref() == BtfType.Ref.PTR ? Optional.of(POINTER) : Optional.empty();
    }

    @Override
    public Optional<Long> typedef(BtfType.Typedef type) {
        return Optional.empty();
    }

    @Override
    public Optional<Long> typeTag(BtfType.TypeTag type) {
        return Optional.empty();
    }

    @Override
    public Optional<Long> array(BtfType.Array type) {
        return Optional.empty();
    }

    @Override
    public Optional<Long> composite(BtfType.Composite type) {
        return Optional.of(type.size());
    }

    @Override
    public Optional<Long> enumeration(BtfType.Enumeration type) {
        return Optional.of(type.size());
    }

    @Override
    public Optional<Long> forward(BtfType.Forward type) {
        return Optional.empty();
    }

    @Override
    public Optional<Long> func(BtfType.Func type) {
        return Optional.empty();
    }

    @Override
    public Optional<Long> funcProto(BtfType.FuncProto type) {
        return Optional.empty();
    }

    @Override
    public Optional<Long> variable(BtfType.Var type) {
        return Optional.empty();
    }

    @Override
    public Optional<Long> dataSec(BtfType.DataSec type) {
        return Optional.of(type.size());
    }

    @Override
    public Optional<Long> floating(BtfType.Floating type) {
        return Optional.of((long) type.size());
    }

    @Override
    public Optional<Long> declTag(BtfType.DeclTag type) {
        return Optional.empty();
    }
}
