using System.ComponentModel;
using System.Globalization;

namespace Islet.Values;

/// <summary>Lets configuration binders and designers read a <see cref="MemorySize"/> from text.</summary>
internal sealed class MemorySizeConverter : TypeConverter
{
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
        sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        value is string text ? MemorySize.Parse(text) : base.ConvertFrom(context, culture, value);
}
