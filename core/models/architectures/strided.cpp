// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/models/architectures/strided.h"

namespace saddle {

Result<int> plainHalvings(const std::string& architecture, const Shape& image)
{
    return halvings(architecture, image, 7);
}

Json hiddenNorm(const PlainOptions& o)
{
    static constexpr const char* names[]{"batch", "layer", "instance", "none"};
    return {{"norm", names[static_cast<std::size_t>(o.norm)]}};
}

Json hiddenWeights(const PlainOptions& o)
{
    return {{"bias", o.norm == BlockNorm::None}, {"spectral_norm", o.spectralNorm}};
}

Json outputWeights(const PlainOptions& o)
{
    return {{"spectral_norm", o.spectralNorm}};
}

void addDropout(LayerList& list, const PlainOptions& o)
{
    if (o.dropout > 0)
        list.add("dropout", {{"probability", o.dropout}});
}

void addHidden(LayerList& list, const PlainOptions& o, const char* activation)
{
    if (o.norm == BlockNorm::None)
        list.add("activation", {{"activation", activation}});
    else
        list.add("norm", with(hiddenNorm(o), {{"activation", activation}}));
    addDropout(list, o);
}

Result<Json> stridedDiscriminator(const std::string& architecture, const PlainOptions& o, const NetworkFit& fit)
{
    const Result<int> count = plainHalvings(architecture, fit.input);
    if (!count)
        return count.error();
    LayerList list(fit);
    for (int i = 0; i < *count; ++i) {
        const std::int64_t out = o.width << i;
        Json layer = o.shrinking == Shrinking::Strided ? halvingConv(out) : sameConv(out);
        layer.update(outputWeights(o));
        if (i > 0)
            layer.update(with(hiddenWeights(o), hiddenNorm(o)));
        layer["activation"] = "leaky_relu";
        list.add("conv", std::move(layer));
        if (o.shrinking == Shrinking::Average)
            list.add("average_pool", {{"size", 2}});
        addDropout(list, o);
    }
    if (o.minibatch == Comparison::Map)
        list.add("minibatch_discrimination", {{"mode", "map"}});
    list.add("flatten");
    if (o.minibatch == Comparison::Tensor)
        list.add("minibatch_discrimination", {{"mode", "tensor"}});
    list.add("linear", with(outputWeights(o), {{"out", elementCount(fit.output)}}));
    return list.json();
}

} // namespace saddle
