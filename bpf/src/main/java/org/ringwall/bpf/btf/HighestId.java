// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bpf.btf;

/**
 * A visitor that returns the highest type id to which a type refers. Only this class knows which
 * fields are ids.
 */
final class HighestId implements BtfType.Visitor<Integer> {
    @Override
    public Integer integer(BtfType.Int type) {
        return 0;
    }

    @Override
    public Integer reference(BtfType.Reference type) {
        return type.type();
    }

    @Override
    public Integer typedef(BtfType.Typedef type) {
        return type.type();
    }

    @Override
    public Integer typeTag(BtfType.TypeTag type) {
        return type.type();
    }

    @Override
    public Integer array(BtfType.Array type) {
        return Math.max(type.element(), type.index());
    }

    @Override
    public Integer composite(BtfType.Composite type) {
        int highest = 0;
        for (BtfType.Member member : type.members()) {
            highest = Math.max(highest, member.type());
        }
        return highest;
    }

    @Override
    public Integer enumeration(BtfType.Enumeration type) {
        return 0;
    }

    @Override
    public Integer forward(BtfType.Forward type) {
        return 0;
    }

    @Override
    public Integer func(BtfType.Func type) {
        return type.proto();
    }

    @Override
    public Integer funcProto(BtfType.FuncProto type) {
        int highest = type.returns();
        for (BtfType.Param param : type.params()) {
            highest = Math.max(highest, param.type());
        }
        return highest;
    }

    @Override
    public Integer variable(BtfType.Var type) {
        return type.type();
    }

    @Override
    public Integer dataSec(BtfType.DataSec type) {
        int highest = 0;
        for (BtfType.SecVar variable : type.variables()) {
            highest = Math.max(highest, variable.type());
        }
        return highest;
    }

    @Override
    public Integer floating(BtfType.Floating type) {
        return 0;
    }

    @Override
    public Integer declTag(BtfType.DeclTag type) {
        return type.type();
    }
}
