package ai.openlegion.catalogue;

/// What a model name stands for.
public sealed interface Resolution {

    /// A model with a provider and a price.
    record Known(Model model) implements Resolution {}

    /// A provider is known for it, a price is not: it cannot be bounded, so it cannot be called.
    ///
    /// @param id `provider/model`, the key a price would be listed under
    record Unpriced(String id, Provider provider) implements Resolution {}

    /// No provider is known for it.
    record Unknown(String name) implements Resolution {}
}
