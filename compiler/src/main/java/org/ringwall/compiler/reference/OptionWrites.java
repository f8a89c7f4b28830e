// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.reference;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ringwall.bpf.kernel.Errno;
import org.ringwall.bpf.kernel.Hook;
import org.ringwall.compiler.model.request.Request;
import org.ringwall.compiler.policy.Effect;
import org.ringwall.compiler.policy.Field;
import org.ringwall.compiler.policy.Param;

/**
 * Section 4: the writes to a socket option. At getsockopt the result is written first, then the
 * length, then the value; each depends on those before it.
 */
public final class OptionWrites {
    private static final int IN = 16;
    private static final int IN6 = 28;
    private static final int SOL_IP = 0;

    private final Request.UseOption request;
    private final Map<Param, Long> params;

    public OptionWrites(Request.UseOption request, Map<Param, Long> params) {
        this.request = request;
        this.params = params;
    }

    /** Returns the writes that take effect, in their order. */
    public List<Effect> possible(List<Effect> all) {
        boolean refused = Errno.of(-request.retval()).filter(Errno::isRefusal).isPresent();
        Optional<Effect.Answer> answer = all.stream()
                .filter(effect -> !refused)
                .filter(Effect.Answer.class::isInstance)
                .map(Effect.Answer.class::cast)
                .findFirst();
        long length = answer.map(this::size).orElse(FieldResolver.length(request));
        boolean succeeds = request.hook() == Hook.SETSOCKOPT
                || request.retval() == 0
                || answer.isPresent()
                || !refused && number(all, Field.RETVAL).isPresent();
        Set<Field> left = new HashSet<>();
        Optional<Long> assigned = number(all, Field.OPTLEN);
        if (succeeds && assigned.isPresent() && fits(assigned.get(), length)) {
            length = assigned.get();
            left.add(Field.OPTLEN);
        }
        if (length >= 1) {
            left.add(Field.OPTVAL);
        }
        if (!refused) {
            left.add(Field.RETVAL);
        }
        List<Effect> possible = new ArrayList<>(all);
        possible.removeIf(effect -> effect instanceof Effect.Assign assign && !left.contains(assign.field())
                || refused && effect instanceof Effect.Answer);
        return List.copyOf(possible);
    }

    /**
     * Whether the assigned length takes effect: an answer can only become shorter; an answer of
     * which the program sees nothing is limited by the caller's buffer.
     */
    private boolean fits(long assigned, long length) {
        return length >= 0 && assigned <= request.value().size() && (length == 0 || assigned < length);
    }

    private long size(Effect.Answer answer) {
        return request.level() == SOL_IP && answer.original().address().isV4() ? IN : IN6;
    }

    private Optional<Long> number(List<Effect> all, Field field) {
        return all.stream()
                .filter(effect -> effect instanceof Effect.Assign assign && assign.field() == field)
                .map(effect -> ((Effect.Assign) effect.with(params)).operand())
                .map(operand -> ((Effect.Operand.OfNumber) operand).value())
                .reduce((before, last) -> last);
    }
}
