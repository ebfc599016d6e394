using System.ComponentModel;
using System.Globalization;

namespace Islet.Values;

/// <summary>Converts text to a <see cref="MemorySize"/>, for configuration binders and designers.</summary>
internal sealed class MemorySizeConverter : TypeConverter
{
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
        sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        value is string text ? MemorySize.Parse(text) : base.ConvertFrom(context, culture, value);
}
