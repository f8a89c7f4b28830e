// SPDX-License-Identifier: Apache-2.0
package org.ringwall.loader.apply;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.ringwall.bpf.state.StateNames;
import org.ringwall.loader.bpf.Bpf;
import org.ringwall.loader.bpf.KernelRefusedException;
import org.ringwall.loader.instance.InstanceFolder;
import org.ringwall.loader.model.ApplyChoice;
import org.ringwall.loader.model.HostException;
import org.ringwall.loader.model.InputException;
import org.ringwall.loader.object.Param;
import org.ringwall.loader.object.ParamValue;
import org.ringwall.loader.state.Variables;
import org.ringwall.sys.Fd;

/**
 * The values of a generation's parameters, and the choice of those of the next one. A value in
 * force is kept until the user gives another one or requests the defaults of the new version.
 */
public final class ParamsInForce {
    private static final String PREFIX = "param_";

    private ParamsInForce() {}

    /**
     * Reads the values, in the order of the parameters' names; empty if the generation's `.rodata`
     * is not pinned or has no types.
     */
    public static Optional<List<ParamValue>> of(Bpf bpf, InstanceFolder folder, int generation) {
        try (Fd rodata = bpf.objGet(folder.generation(generation).resolve(InstanceFolder.RODATA))) {
            return Variables.bytes(bpf, rodata, ParamsInForce::isOfParam).map(ParamsInForce::values);
        } catch (KernelRefusedException e) {
            if (!e.errno().is(org.ringwall.bpf.kernel.Errno.ENOENT)) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private static boolean isOfParam(String variable) {
        return variable.startsWith(PREFIX) || variable.startsWith(StateNames.metadata(PREFIX));
    }

    private static List<ParamValue> values(Map<String, byte[]> variables) {
        List<ParamValue> values = new ArrayList<>();
        variables.forEach((variable, bytes) -> {
            if (variable.startsWith(PREFIX) && bytes.length == Long.BYTES) {
                String name = variable.substring(PREFIX.length());
                byte[] text = variables.getOrDefault(StateNames.metadata(variable), new byte[0]);
                String declaration = new String(text, StandardCharsets.UTF_8).replaceAll("\0.*", "");
                long value =
                        ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getLong();
                Param.parse(name, declaration, 0).ifPresent(param -> values.add(new ParamValue(param, value)));
            }
        });
        return values;
    }

    /**
     * Returns the values of all parameters of the requested version: what the user gives, else what
     * is in force, else the default, which is left out.
     *
     * @param inForce the generation whose values are kept; empty on a first apply
     * @param notes receives a line for each parameter that keeps an old default which the new
     *     version changes
     */
    static Map<String, Long> chosen(
            Bpf bpf, InstanceFolder folder, Optional<Integer> inForce, ApplyRequest request, List<String> notes) {
        Map<String, Long> chosen = new TreeMap<>(request.policy().values(request.params()));
        List<Param> open = request.policy().params().stream()
                .filter(param -> !chosen.containsKey(param.name()))
                .toList();
        if (open.isEmpty() || inForce.isEmpty() || request.chooses(ApplyChoice.RESET_PARAMS)) {
            return chosen;
        }
        List<ParamValue> there = of(bpf, folder, inForce.get())
                .orElseThrow(() -> new HostException(
                        "the current values of the params of `" + request.name() + "` cannot be read",
                        "set each one with --param NAME=VALUE, or use the defaults: --reset-params"));
        for (Param param : open) {
            there.stream()
                    .filter(each -> each.param().name().equals(param.name()))
                    .forEach(each -> chosen.put(param.name(), kept(each, param, notes)));
        }
        return chosen;
    }

    private static long kept(ParamValue old, Param param, List<String> notes) {
        String subject = "param `" + param.name() + "` ";
        String preset = Long.toUnsignedString(param.preset());
        String help = "--param " + param.name() + "=N sets a new value, --reset-params uses the new version's default: "
                + preset;
        String type = old.param().type();
        if (!type.equals(param.type())) {
            throw new InputException(
                    subject + "is a `" + type + "` in force, but a `" + param.type() + "` in the new version", help);
        }
        if (!param.takes(old.value())) {
            throw new InputException(
                    subject + "has the value " + old.text() + " in force, but the new version accepts only "
                            + param.range(),
                    help);
        }
        boolean isDefault = old.value() == old.param().preset();
        if (isDefault && old.param().preset() != param.preset()) {
            notes.add(subject + "keeps " + old.text() + ", the old default; the new version's default is " + preset
                    + "; use it with --reset-params");
        }
        return old.value();
    }
}
